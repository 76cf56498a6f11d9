import type { Session } from "../core/session.ts";
import type { Sessions } from "../core/sessions.ts";
import { type CookieJar, isReadOnly, putCookie, requestOf } from "./cookie-jar.ts";
import type { Exchange } from "./exchange.ts";
import { outcomeOf, passOn } from "./outcome.ts";
import { refuseAction } from "./readonly-session.ts";
import { statusOfDigest } from "./thrown-answer.ts";
import { mountWeb } from "./web.ts";

/** The actions of one request that call one another, or run at once: one exchange. */
interface Joint<D> {
  readonly exchange: Exchange<D>;
  running: number;
  settling?: Promise<unknown>;
}

/**
 * Runs server actions with their session, whose cookie goes into the jar. Those of one request that overlap share one, which
 * is saved when the last of them ends, and as that one ended. Not when each ends: what a caller has changed by then may be
 * half of what it means to, and it may fail yet. In a route handler they use its session, and it saves.
 *
 * @param refresh Called when the session changed: Next renders a page after an action only if told to.
 */
export function actionRunner<D>(sessions: Sessions<D>, refresh: () => void) {
  const joints = new WeakMap<CookieJar, Joint<D>>();

  const join = (jar: CookieJar): Joint<D> | undefined => {
    const joint = joints.get(jar);
    if (joint !== undefined) return joint;
    const exchange = mountWeb(sessions, requestOf(jar, sessions.options.cookie.name), [jar]);
    if (exchange === undefined) return undefined;
    const begun = { exchange, running: 0 };
    joints.set(jar, begun);
    return begun;
  };

  const settle = async (jar: CookieJar, { exchange }: Joint<D>, status: number): Promise<void> => {
    const settled = await exchange.settle(status);
    exchange.respond();
    joints.delete(jar);
    // Before anything is thrown: a key that was cycled reaches the visitor behind a failure too.
    putCookie(jar, settled.cookie);
    if (settled.failure !== undefined) throw settled.failure.error;
    if (settled.changed) tell(refresh);
  };

  return async <Result>(
    jar: CookieJar,
    handler: (session: Session<D>) => Result | Promise<Result>,
  ): Promise<Result> => {
    if (isReadOnly(jar)) refuseAction();
    // Too late to be saved with those before it, too early to see the cookie that they are about to get.
    for (let over; (over = joints.get(jar)?.settling) !== undefined;) await over;
    const joint = join(jar);
    if (joint === undefined) return handler(await sessions.get(jar));
    joint.running += 1;
    const outcome = await outcomeOf(async () => handler(await sessions.get(jar)));
    joint.running -= 1;
    if (joint.running > 0) return passOn(outcome);
    const status = "error" in outcome ? (statusOfDigest(outcome.error) ?? 500) : 200;
    const settling = settle(jar, joint, status);
    joint.settling = settling.catch(() => undefined);
    await settling;
    return passOn(outcome);
  };
}

/** In a route handler there is no page to render again, and `refresh` throws. */
function tell(refresh: () => void): void {
  try {
    refresh();
  } catch {
    // What the action did is saved all the same.
  }
}
