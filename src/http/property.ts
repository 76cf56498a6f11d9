import { NotMounted } from "../core/errors.ts";

/**
 * The property form: `await request.session`. A promise that begins when somebody first waits for it, and refuses whatever
 * is done to it instead.
 */
export function sessionPromise<T>(begin: () => Promise<T>): Promise<T> {
  const promise: Promise<T> = {
    // oxlint-disable-next-line unicorn/no-thenable -- being one is the point: `await` asks for nothing else
    then: (onFulfilled, onRejected) => begin().then(onFulfilled, onRejected),
    catch: (onRejected) => begin().catch(onRejected),
    finally: (onFinally) => begin().finally(onFinally),
    [Symbol.toStringTag]: "Promise",
  };
  Object.setPrototypeOf(promise, Promise.prototype);
  return new Proxy<Promise<T>>(Object.freeze(promise), refusing);
}

// To freeze is not enough: without "use strict", as in most files that are CommonJS, a write to what is frozen is ignored
// behind a 200. A trap that throws is heard there too. An assignment of a new key ends in `defineProperty`.
const refusing: ProxyHandler<object> = {
  defineProperty: (_promise, key) => refuseWrite(key),
  deleteProperty: (_promise, key) => refuseWrite(key),
};

function refuseWrite(key: string | symbol): never {
  const name = String(key);
  throw new TypeError(
    `Expected the session to be awaited before it is written to; found a write of "${name}" to its promise, which would be lost. ` +
      `Write: const session = await request.session; session.set("${name}", value), or session.delete("${name}").`,
  );
}

function refuseAssignment(): never {
  throw new TypeError(
    "Expected the session to be changed by its methods; found something assigned in its place, which would be lost. " +
      "Write: const session = await request.session; then session.set(key, value) to write, and await session.flush() to end it.",
  );
}

/** Puts the session on what a handler holds; not enumerable, so that logs and copies do not load it. */
export function giveSession<T>(holder: object, load: () => Promise<T>): void {
  let promise: Promise<T> | undefined;
  // Configurable, for a second adapter on the same request, and whoever wants the name for himself.
  Object.defineProperty(holder, "session", {
    configurable: true,
    get: () => (promise ??= sessionPromise(load)),
    set: refuseAssignment,
  });
}

const several = {};
const owners = new WeakMap<object, object>();

/**
 * The same on a context. It can be handed in from outside, and one that several requests share would show a visitor the
 * session of another: it shows none then, for good.
 */
export function giveContextSession<T>(context: object, request: object, load: () => Promise<T>): void {
  const owner = owners.get(context) ?? request;
  owners.set(context, owner === request ? request : several);
  if (owner === request) giveSession(context, load);
  else Object.defineProperty(context, "session", { configurable: true, get: refuseShared, set: refuseAssignment });
}

function refuseShared(): never {
  throw new NotMounted("context.session: several requests were given this context. Use sessions.get(event) instead.");
}
