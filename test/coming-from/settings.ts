import { onTestFinished } from "vitest";
import { createSessions, type Session, type Sessions, type SessionsOptions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { type FakeClock, fakeClock, faultyStore, operationLog } from "../../src/testing.ts";

/** What the sessions of these tests hold, in the old library and here. */
export interface Data {
  user: string;
  views: number;
  cart: string[];
  theme: string;
}

/** Sessions of ours for the length of a test, and what there is to see of them. */
export interface Ours {
  readonly sessions: Sessions<Data>;
  readonly clock: FakeClock;
  /** What the store was asked; nothing with an engine that the test brings. Empty it with `length = 0`. */
  readonly operations: string[];
}

export type Settings = Omit<SessionsOptions, "clock">;

export function open(settings: Settings): Ours {
  const clock = fakeClock();
  const log = operationLog();
  const sessions = createSessions<Data>({ engine: faultyStore(memory(), log), ...settings, clock });
  onTestFinished(() => sessions[Symbol.asyncDispose]());
  return { sessions, clock, operations: log.verbs };
}

export type DataSession = Session<Data>;

/** What a handler answers with becomes the body, unless it has answered already. */
export type Handler<Context> = (session: DataSession, context: Context) => unknown;

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
