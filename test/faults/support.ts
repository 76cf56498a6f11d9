import { setImmediate } from "node:timers/promises";
import { resolveOptions, type SessionsOptions } from "../../src/core/options.ts";
import type { Session } from "../../src/core/session.ts";
import { mountOf, type Sessions, sessionsFrom } from "../../src/core/sessions.ts";
import type { SessionStore } from "../../src/core/store.ts";
import type { Unit } from "../../src/core/unit.ts";
import { memory } from "../../src/engines/memory.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { faultyStore, type Intercept } from "../../src/testing/faulty-store.ts";
import { seededChoices } from "../../src/testing/interleavings/scheduler.ts";

export interface Data {
  n?: number;
  theme?: string;
  cart?: string[];
  [key: string]: unknown;
}

/** A store, a clock that stands still, and sessions on them. */
export interface Scene {
  readonly store: SessionStore;
  readonly clock: FakeClock;
  readonly sessions: Sessions<Data>;
  /** Sessions on the same store and clock, whose calls go through `intercept`: another process, so to say. */
  through(intercept: Intercept, options?: SessionsOptions): Sessions<Data>;
  /** A new stored session. */
  begin(data?: Data): Promise<{ token: string; id: string }>;
  /** What this token opens, in a request of its own. */
  peek(token: string): Promise<Data | undefined>;
}

export function scene(store: SessionStore = memory(), options: SessionsOptions = {}): Scene {
  const clock = fakeClock();
  const on = (engine: SessionStore, own: SessionsOptions = {}): Sessions<Data> =>
    sessionsFrom(resolveOptions({ clock, ...options, ...own, engine }, () => engine));
  const sessions = on(store);
  return {
    store,
    clock,
    sessions,
    through: (intercept, own) => on(faultyStore(store, intercept), own),
    async begin(data = { n: 0 }) {
      const session = await sessions.open();
      session.update(data);
      await session.save();
      return { token: tokenOf(sessions, session), id: session.id ?? "" };
    },
    async peek(token) {
      const session = await sessions.open(token);
      return session.isNew ? undefined : Object.fromEntries(session);
    },
  };
}

/** The cookie value; empty, so opening nothing, for a session that has none. */
export function tokenOf(sessions: Sessions<Data>, session: Session<Data>): string {
  return sessions.token(session) ?? "";
}

/** A session as an adapter opens it: with its instant fixed, and the cookie it wants to send. */
export function request(sessions: Sessions<Data>, token: string): Promise<{ unit: Unit; session: Session<Data> }> {
  return mountOf(sessions).openUnit([token], true);
}

export const answered = { failed: false, safe: false } as const;
export const crashed = { failed: true, safe: false } as const;

/** Each call and each answer is some turns of the event loop late, so that parallel ones overtake one another. */
export function shuffled(store: SessionStore, seed = 1): SessionStore {
  const choose = seededChoices(seed);
  const dawdle = async (): Promise<void> => {
    for (let turns = choose(4); turns > 0; turns -= 1) await setImmediate();
  };
  return faultyStore(store, async (_, proceed) => {
    await dawdle();
    const answer = await proceed();
    await dawdle();
    return answer;
  });
}

/** What a promise rejects with; `undefined` when it does not. */
export async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error;
  }
}
