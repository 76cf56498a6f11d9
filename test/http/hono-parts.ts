import { Hono } from "hono";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/hono.ts";
import { createSessions } from "../../src/index.ts";
import { faultyStore, type Intercept, operationLog } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";

/** Sessions, and an app that has them; `fault` between them and the store. */
export function setUp(fault?: Intercept) {
  const log = operationLog();
  const store = memory();
  const sessions = createSessions<Data>({
    engine: faultyStore(fault === undefined ? store : faultyStore(store, fault), log),
  });
  return { sessions, operations: log.verbs, app: new Hono().use(coatcheck(sessions)) };
}

export const cookieOf = (response: Response): string => response.headers.getSetCookie().join().replace(/;.*/s, "");
