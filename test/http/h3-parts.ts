import { H3 } from "h3";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/h3.ts";
import { createSessions } from "../../src/index.ts";
import { faultyStore, type Intercept, operationLog } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";

type Config = ConstructorParameters<typeof H3>[0];

/** Sessions, and an app that has them; `fault` between them and the store. */
export function setUp({ fault, ...config }: { readonly fault?: Intercept } & Config = {}) {
  const log = operationLog();
  const store = memory();
  const sessions = createSessions<Data>({
    engine: faultyStore(fault === undefined ? store : faultyStore(store, fault), log),
  });
  return { sessions, operations: log.verbs, app: new H3({ silent: true, ...config }).use(coatcheck(sessions)) };
}

export const cookieOf = (response: Response): string => response.headers.getSetCookie().join().replace(/;.*/s, "");
