import { statusOf } from "./failure.ts";

/**
 * What Kit's `error()` and `redirect()` throw. Kit knows them by their classes, which an adapter does not import: they are
 * instances of a class that is no Error. Errors of clients have a `status` too, of another server's answer, and are a 500 to Kit.
 */
interface Thrown {
  readonly status?: unknown;
  readonly body?: { readonly message?: unknown };
  readonly location?: unknown;
}

/** @returns the status and the location that were given to `redirect()`. */
export function redirectThrown(thrown: unknown): { status: number; location: string } | undefined {
  const { status, location } = ofClass(thrown);
  return isBetween(300, status, 308) && typeof location === "string" ? { status, location } : undefined;
}

/** @returns the status and the message that were given to `error()`; a status that any Response takes. */
export function errorThrown(thrown: unknown): { status: number; message: string } | undefined {
  const { status, body } = ofClass(thrown);
  const { message } = Object(body) as { message?: unknown };
  return isBetween(400, status, 599) && typeof message === "string" ? { status, message } : undefined;
}

/** All else is a 500, unless it is an error of ours. */
export function statusOfThrown(thrown: unknown): number {
  return (redirectThrown(thrown) ?? errorThrown(thrown))?.status ?? statusOf(thrown);
}

function ofClass(thrown: unknown): Thrown {
  if (thrown instanceof Error || typeof thrown !== "object" || thrown === null) return {};
  return Object.getPrototypeOf(thrown) === Object.prototype ? {} : thrown;
}

function isBetween(least: number, status: unknown, most: number): status is number {
  return Number.isInteger(status) && least <= Number(status) && Number(status) <= most;
}
