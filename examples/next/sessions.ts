import { createSessions } from "coatcheck";
import { coatcheck } from "coatcheck/next";
import { refresh } from "next/cache";
import { cookies } from "next/headers";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

// Next bundles the proxy, pages and route handlers apart, and each bundle runs this file: one of these is enough.
const shared = globalThis as { sessions?: ReturnType<typeof createSessions<Data>> };

export const sessions = (shared.sessions ??= createSessions<Data>()); // SQLite in .coatcheck/sessions.sqlite
export const { readSession, action, route, proxy } = coatcheck(sessions, { cookies, refresh });
