// In the place of the example's own: the same, with a clock that starts ahead, a log of the store's work and a switch for it.
import { createSessions } from "coatcheck";
import { db } from "coatcheck/db";
import { coatcheck } from "coatcheck/next";
import { barrier, faultyStore, operationLog } from "coatcheck/testing";
import { refresh } from "next/cache";
import { cookies } from "next/headers";

export interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

function start() {
  const log = operationLog();
  const store = { log, down: false };
  const faulty = faultyStore(db(), (_call, proceed) => (store.down ? Promise.reject(new Error("down")) : proceed()));
  const ahead = Number(process.env["COATCHECK_TEST_AHEAD"] ?? 0);
  const sessions = createSessions<Data>({ engine: faultyStore(faulty, log), clock: () => Date.now() + ahead });
  return { sessions, store, gate: barrier() };
}

const shared = globalThis as { coatcheckTest?: ReturnType<typeof start>; copies?: number };
/** How often this file has run in this process. */
shared.copies = (shared.copies ?? 0) + 1;
export const { sessions, store, gate } = (shared.coatcheckTest ??= start());
export const copies = () => shared.copies;
export const { readSession, action, route, proxy } = coatcheck(sessions, { cookies, refresh });
