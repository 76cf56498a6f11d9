import type { SessionRecord, SessionStore } from "../../core/store.ts";
import { isCountable, isListable, isSweepable, isUserIndexed } from "../../core/store.ts";
import type { StoreCase, StoreCaseContext } from "./case.ts";
import { check, checkThat } from "./check.ts";

export const failureCases: readonly StoreCase[] = [
  {
    name: "failure: a broken backend rejects with StoreUnavailable and its cause",
    broken: true,
    async run(store, context) {
      for (const [verb, call] of calls(store, context)) {
        const error = await rejection(call);
        check(field(error, "code"), "STORE_UNAVAILABLE", `${verb} on a broken backend rejects with StoreUnavailable`);
        checkThat(
          field(error, "cause") !== undefined,
          `${verb} keeps the driver's error as the cause`,
          field(error, "cause"),
        );
      }
    },
  },
  {
    name: "failure: no message tells a payload or a secret hash",
    broken: true,
    async run(store, context) {
      const secrets = { payload: "the-payload-of-the-session", secretHash: "h".repeat(43) };
      for (const [verb, call] of calls(store, context, secrets)) {
        const message = String(field(await rejection(call), "message"));
        const told = Object.values(secrets).filter((secret) => message.includes(secret));
        check(told, [], `the message of a failed ${verb} carries neither the payload nor the secret hash`);
      }
    },
  },
];

function calls(
  store: SessionStore,
  { record, now }: StoreCaseContext,
  fields: Partial<SessionRecord> = {},
): [verb: string, call: () => Promise<unknown>][] {
  const any = record({ userId: "ada", ...fields });
  const verbs: Record<string, () => Promise<unknown>> = {
    read: () => store.read(any.id, now),
    create: () => store.create(any, now),
    update: () => store.update(any, any.revision, now),
    touch: () => store.touch(any.id, any.revision, any.expiresAt, now),
    delete: () => store.delete(any.id),
  };
  if (isSweepable(store)) verbs["deleteExpired"] = () => store.deleteExpired(now, 1);
  if (isCountable(store)) verbs["countExpired"] = () => store.countExpired(now);
  if (isListable(store)) verbs["list"] = () => store.list(undefined, 1);
  if (isUserIndexed(store)) {
    verbs["listByUser"] = () => store.listByUser("ada", now);
    verbs["deleteByUser"] = () => store.deleteByUser("ada");
  }
  return Object.entries(verbs);
}

async function rejection(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

function field(error: unknown, key: string): unknown {
  return typeof error === "object" && error !== null ? Reflect.get(error, key) : undefined;
}
