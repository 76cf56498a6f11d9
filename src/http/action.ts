import type { Session } from "../core/session.ts";
import type { Sessions } from "../core/sessions.ts";
import { type CookieJar, isReadOnly, putCookie, requestOf } from "./cookie-jar.ts";
import { outcomeOf, passOn } from "./outcome.ts";
import { refuseAction } from "./readonly-session.ts";
import { statusOfDigest } from "./thrown-answer.ts";
import { mountWeb } from "./web.ts";

/**
 * Runs a server action with its session: one exchange, whose cookie goes into the jar. An action that is called by another
 * one, or by a route handler, works on the session of that one, and saves before it returns.
 *
 * @param refresh Called when the session changed: Next renders a page after an action only if told to.
 */
export async function runAction<D, Result>(
  sessions: Sessions<D>,
  jar: CookieJar,
  refresh: () => void,
  handler: (session: Session<D>) => Result | Promise<Result>,
): Promise<Result> {
  if (isReadOnly(jar)) refuseAction();
  const exchange = mountWeb(sessions, requestOf(jar, sessions.options.cookie.name), [jar]);
  if (exchange === undefined) {
    const session = await sessions.get(jar);
    const result = await handler(session);
    await session.save();
    return result;
  }
  const outcome = await outcomeOf(async () => handler(await sessions.get(jar)));
  const settled = await exchange.settle("error" in outcome ? (statusOfDigest(outcome.error) ?? 500) : 200);
  exchange.respond();
  // Before anything is thrown: a key that was cycled reaches the visitor behind a failure too.
  putCookie(jar, settled.cookie);
  if (settled.failure !== undefined) throw settled.failure.error;
  if (settled.changed) tell(refresh);
  return passOn(outcome);
}

/** In a route handler there is no page to render again, and `refresh` throws. */
function tell(refresh: () => void): void {
  try {
    refresh();
  } catch {
    // What the action did is saved all the same.
  }
}
