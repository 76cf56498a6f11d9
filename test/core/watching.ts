import { vi } from "vitest";
import { mountOf, type Sessions } from "../../src/core/sessions.ts";
import type { SessionEnd, Watch } from "../../src/core/watch.ts";
import { type Data, type Scene, tokenOf } from "../faults/support.ts";

/** Between two looks, in milliseconds. */
export const interval = 30_000;

/** The clock of the sessions tells the time; these are only what wakes the watch, and are not waited for. */
export function holdTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  firstLooks([1]);
}

export function releaseTimers(): void {
  vi.useRealTimers();
  vi.restoreAllMocks();
}

/** When each next session is looked at first, in intervals from then; all that follow as the last one. */
export function firstLooks(parts: readonly number[]): void {
  const random = vi.spyOn(Math, "random").mockReturnValue(1 - (parts.at(-1) ?? 1));
  for (const part of parts.slice(0, -1)) random.mockReturnValueOnce(1 - part);
}

export function watch(sessions: Sessions<Data>, token: string, every = interval): Promise<Watch> {
  return mountOf(sessions)
    .watcher(every)
    .watch(() => sessions.open(token));
}

/** What has been told so far; `undefined`: nothing. */
export async function told(watched: Watch): Promise<SessionEnd | undefined> {
  return Promise.race([watched.ended, Promise.resolve(undefined)]);
}

/** The clock and the timers, together. */
export async function pass({ clock }: Scene, milliseconds: number): Promise<void> {
  clock.advance(milliseconds);
  await vi.advanceTimersByTimeAsync(milliseconds);
}

export async function signedIn(sessions: Sessions<Data>, userId: string): Promise<{ token: string; id: string }> {
  const session = await sessions.open();
  session.userId = userId;
  await session.save();
  return { token: tokenOf(sessions, session), id: session.id ?? "" };
}

export interface Ended {
  readonly sessions: Sessions<Data>;
  readonly token: string;
  readonly id: string;
}

/** How a session ends, and what is said of it in the process where it did. */
export const ends: readonly [SessionEnd, (ended: Ended) => Promise<unknown>][] = [
  ["flushed", async ({ sessions, token }) => (await sessions.open(token)).flush()],
  ["revoked", async ({ sessions, id }) => sessions.revoke(id)],
  [
    "cycled",
    async ({ sessions, token }) => {
      const session = await sessions.open(token);
      session.cycleKey();
      await session.save();
    },
  ],
];
