"use server";

import { cookies } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { action, readSession } from "../../../sessions";

export const increment = action((session) => session.update("visits", (n = 0) => n + 1));

export const withState = action((session, previous: string, form: FormData) => {
  session.set("theme", "dark");
  const word = form.get("word");
  return typeof word === "string" ? `${previous}, then ${word}` : previous;
});

export const bound = action((session, sku: string, form: FormData) => {
  session.update("cart", (cart = []) => [...cart, { sku, quantity: Number(form.get("quantity")) }]);
});

export const leave = action((session) => {
  session.update("visits", (n = 0) => n + 1);
  redirect("/test/forms");
});

export const missing = action((session) => {
  session.update("visits", (n = 0) => n + 1);
  notFound();
});

export const fail = action((session) => {
  session.update("visits", (n = 0) => n + 1);
  session.cycleKey();
  throw new Error("the action failed");
});

export const signIn = action(async (session) => {
  session.userId = "ada";
  session.cycleKey();
  (await cookies()).set("jar", "from the action");
  return (await readSession()).userId;
});

export const logOut = action((session) => session.flush());

export const onlyReads = action((session) => session.get("visits", 0));

/** An action that is called by another one. */
export const nested = action(async (session) => {
  session.set("theme", "dark");
  await increment();
  return session.get("visits", 0);
});

/** No action of ours, calling two. */
export async function inOrder(): Promise<number> {
  await increment();
  return increment();
}

/** Nor this one, with two at once: the one that ends first only reads. */
export async function atOnce(): Promise<void> {
  const slow = action(async (session) => {
    await new Promise(setImmediate);
    session.set("theme", "dark").cycleKey();
  });
  await Promise.all([onlyReads(), slow()]);
}

/** No action of ours either: it reads before and after one. */
export async function readAround(): Promise<string> {
  const before = (await readSession()).get("visits", 0);
  await increment();
  return `${before}, then ${(await readSession()).get("visits", 0)}`;
}
