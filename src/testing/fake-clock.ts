import type { Instant } from "../core/store.ts";

/** Where a fake clock starts: 2030-01-01T00:00:00Z, far enough from today that code asking the real clock is caught. */
export const START: Instant = Date.UTC(2030, 0, 1);

export interface Span {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/**
 * A clock that stands still until it is told to move. Call it for the time: it is what a `clock` option takes.
 *
 * @example
 * const clock = fakeClock();
 * const sessions = createSessions({ engine: memory(), clock });
 * clock.advance({ days: 15 });
 */
export interface FakeClock {
  (): Instant;
  /** The same instant as calling it gives, for handing to a store's `now`. */
  readonly now: Instant;
  /** Moves by a span, or by milliseconds, and answers the new instant. A plain number is never seconds. */
  advance(by: number | Span): Instant;
  /** Jumps to an instant, backwards too: real clocks do. */
  set(instant: Instant | Date): void;
}

export function fakeClock(start: Instant | Date = START): FakeClock {
  let instant = Number(start);

  const clock = Object.assign((): Instant => instant, {
    advance(by: number | Span): Instant {
      instant += typeof by === "number" ? by : lengthOf(by);
      return instant;
    },
    set(to: Instant | Date): void {
      instant = Number(to);
    },
  });
  // `Object.assign` would copy the value a getter has today.
  return Object.defineProperty(clock, "now", { get: () => instant, enumerable: true }) as FakeClock;
}

function lengthOf({ days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 }: Span): number {
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}
