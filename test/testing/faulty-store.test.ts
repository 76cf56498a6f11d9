import { describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import {
  answersLate,
  barrier,
  caseContext,
  fails,
  faultyStore,
  losesReply,
  neverAnswers,
  operationLog,
  startsLate,
  type StoreCall,
  storeSuite,
} from "../../src/testing.ts";
import { ReferenceStore } from "./reference-store.ts";

const { now, record, revise } = caseContext();

await storeSuite({ describe, test }, "faultyStore that lets everything through", () =>
  faultyStore(new ReferenceStore(), (_, proceed) => proceed()),
);

describe("faultyStore", () => {
  test("counts calls in all and by verb, and shows their arguments", async () => {
    const calls: StoreCall[] = [];
    const store = faultyStore(new ReferenceStore(), (call, proceed) => {
      calls.push(call);
      return proceed();
    });
    await store.read("a", now);
    await store.delete("b");
    await store.read("c", now);
    expect(calls).toEqual([
      { verb: "read", index: 1, nth: 1, args: ["a", now] },
      { verb: "delete", index: 2, nth: 1, args: ["b"] },
      { verb: "read", index: 3, nth: 2, args: ["c", now] },
    ]);
  });

  test("keeps name, atomic, powers, private fields and disposal of the store", async () => {
    class Guarded extends ReferenceStore {
      #disposed = false;
      override readonly atomic = false;
      isDisposed(): boolean {
        return this.#disposed;
      }
      async [Symbol.asyncDispose](): Promise<void> {
        this.#disposed = true;
      }
    }
    const store = faultyStore(new Guarded(), () => Promise.reject(new Error("down")));
    expect([store.name, store.atomic]).toEqual(["reference", false]);
    await expect(store.deleteExpired(now, 1)).rejects.toThrow("down");
    await store[Symbol.asyncDispose]();
    expect(store.isDisposed()).toBe(true);
  });

  test("a power the store lacks stays lacking", () => {
    const { name, atomic, read, create, update, touch, delete: remove } = new ReferenceStore();
    const store = faultyStore({ name, atomic, read, create, update, touch, delete: remove }, (_, proceed) => proceed());
    expect("deleteExpired" in store).toBe(false);
  });

  test("an interceptor that throws rejects the call", async () => {
    const store = faultyStore(new ReferenceStore(), () => {
      throw new Error("down");
    });
    await expect(store.read("a", now)).rejects.toThrow("down");
  });
});

describe("interceptors", () => {
  test("fails: only the nth call of the verb, and the store sees nothing of it", async () => {
    const reference = new ReferenceStore();
    const store = faultyStore(reference, fails("create", 2));
    expect(await store.create(record(), now)).toBe(true);
    const failing = store.create(record(), now);
    await expect(failing).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(failing).rejects.toHaveProperty("cause");
    expect(await store.create(record(), now)).toBe(true);
    expect(reference.records.size).toBe(2);
  });

  test("fails: every call of the verb, with an error of one's own", async () => {
    const store = faultyStore(new ReferenceStore(), fails("read", undefined, new Error("ECONNRESET")));
    await expect(store.read("a", now)).rejects.toThrow("ECONNRESET");
    await expect(store.read("a", now)).rejects.toThrow("ECONNRESET");
    expect(await store.delete("a")).toBe(false);
  });

  test("neverAnswers: the call stays open, others answer", async () => {
    const reference = new ReferenceStore();
    const store = faultyStore(reference, neverAnswers("create"));
    const created = record();
    const open = store.create(created, now).then(() => "answered");
    const answered = store.read(created.id, now).then(() => "read answered");
    expect(await Promise.race([open, answered])).toBe("read answered");
    expect(reference.records.size).toBe(0);
  });

  test("losesReply: the store did it, the caller is told it failed", async () => {
    const store = faultyStore(new ReferenceStore(), losesReply("create", 1));
    const created = record();
    await expect(store.create(created, now)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await store.read(created.id, now)).toEqual(created);
  });

  test("startsLate: something happens in between", async () => {
    const pause = barrier();
    const store = faultyStore(new ReferenceStore(), startsLate("update", pause));
    const created = record();
    await store.create(created, now);
    const saving = store.update(revise(created), created.revision, now);
    await pause.arrived();
    expect(await store.delete(created.id)).toBe(true);
    pause.release();
    expect(await saving).toBe(false);
  });

  test("answersLate: done at once, answered at the release", async () => {
    const pause = barrier();
    const store = faultyStore(new ReferenceStore(), answersLate("create", pause, 1));
    const created = record();
    let answered = false;
    const creating = store.create(created, now).finally(() => {
      answered = true;
    });
    await pause.arrived();
    expect(await store.read(created.id, now)).toEqual(created);
    expect(answered).toBe(false);
    pause.release();
    expect(await creating).toBe(true);
  });

  test("operationLog: the verbs in their order, beside another interceptor", async () => {
    const log = operationLog();
    const store = faultyStore(faultyStore(new ReferenceStore(), fails("touch")), log);
    await store.read("a", now);
    await expect(store.touch("a", "r", now, now)).rejects.toThrow("as the test asked");
    await store.list(undefined, 1);
    expect(log.verbs).toEqual(["read", "touch", "list"]);
  });
});

describe("barrier", () => {
  test("arrived settles at the count, also when it was reached before", async () => {
    const pause = barrier();
    const order: string[] = [];
    const both = pause.arrived(2).then(() => order.push("both"));
    const first = pause.arrive().then(() => order.push("released"));
    await pause.arrived();
    expect(order).toEqual([]);
    const second = pause.arrive();
    await both;
    await pause.arrived(2);
    expect(order).toEqual(["both"]);
    pause.release();
    await Promise.all([first, second, pause.gate]);
    expect(order).toEqual(["both", "released"]);
  });

  test("whoever arrives after the release goes through", async () => {
    const pause = barrier();
    pause.release();
    await expect(pause.arrive()).resolves.toBeUndefined();
  });
});
