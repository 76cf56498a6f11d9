import { NotMounted } from "../core/errors.ts";

/**
 * A promise that begins when somebody first waits for it, for frameworks that keep values and know no getters. Frozen, so
 * that `c.var.session.x = 1` throws and is not lost.
 */
export function lazyPromise<T>(begin: () => Promise<T>): Promise<T> {
  return Object.freeze<Promise<T>>({
    // oxlint-disable-next-line unicorn/no-thenable -- being one is the point: `await` asks for nothing else
    then: (onFulfilled, onRejected) => begin().then(onFulfilled, onRejected),
    catch: (onRejected) => begin().catch(onRejected),
    finally: (onFinally) => begin().finally(onFinally),
    [Symbol.toStringTag]: "Promise",
  });
}

const several = {};
const owners = new WeakMap<object, object>();

/**
 * `await context.session`. A context can be handed in from outside, and one that several requests share would show a
 * visitor the session of another: it shows none then, for good.
 */
export function giveSession(context: object, request: object, load: () => unknown): void {
  const owner = owners.get(context) ?? request;
  owners.set(context, owner === request ? request : several);
  Object.defineProperty(context, "session", { configurable: true, get: owner === request ? load : refuseShared });
}

function refuseShared(): never {
  throw new NotMounted("context.session: several requests were given this context. Use sessions.get(event) instead.");
}
