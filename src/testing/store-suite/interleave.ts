import { setImmediate } from "node:timers/promises";

/** Runs two calls against each other and gives their answers in the order of the arguments. */
export type Together = <A, B>(first: () => Promise<A>, second: () => Promise<B>) => Promise<[A, B]>;

const MICROTASKS = 16;
const TURNS = 4;

/**
 * Forty ways for two calls to meet: either one first, the other from 0 to 15 microtasks or 1 to 4 turns of the event
 * loop behind, so that it lands in every gap between the awaits of the first. Counted instead of timed: a race that
 * is lost once is lost every time.
 */
export const interleavings: readonly Together[] = [...delays()].flatMap((delay) => [
  (first, second) => Promise.all([first(), delay().then(second)]),
  (first, second) => Promise.all([delay().then(first), second()]),
]);

function* delays(): Generator<() => Promise<void>> {
  for (let count = 0; count < MICROTASKS; count += 1) {
    yield async () => {
      for (let step = 0; step < count; step += 1) await Promise.resolve();
    };
  }
  for (let count = 1; count <= TURNS; count += 1) {
    yield async () => {
      for (let step = 0; step < count; step += 1) await setImmediate();
    };
  }
}
