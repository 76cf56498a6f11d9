import { statusOf } from "./failure.ts";

/** What came of a handler: its response, or what it threw instead. */
export interface Outcome {
  readonly response?: Response;
  readonly error?: unknown;
}

export async function outcomeOf(handler: () => Response | Promise<Response>): Promise<Outcome> {
  try {
    return { response: await handler() };
  } catch (error) {
    return { error };
  }
}

/** As it was: returned, or thrown. */
export function passOn({ response, error }: Outcome): Response {
  if (response === undefined) throw error;
  return response;
}

/** An error that says its status has it, whoever made it; all else that is thrown is a 500. */
export function statusOfThrown(error: unknown): number {
  const { status } = Object(error) as { status?: unknown };
  return typeof status === "number" ? status : statusOf(error);
}
