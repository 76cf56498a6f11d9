import type { StopSignal } from "./exit.ts";

/** Says that somebody wants us to stop, once what is under way is done. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** The signal that came, if any. */
  readonly name: StopSignal | undefined;
}

/** The second signal finds no listener and ends the process at once, for those who cannot wait. */
export function listenForInterrupt(onFirst: (name: StopSignal) => void): Interrupt {
  const names: readonly StopSignal[] = ["SIGINT", "SIGTERM"];
  const controller = new AbortController();
  let came: StopSignal | undefined;

  const stop = (name: StopSignal): void => {
    ignore();
    came = name;
    controller.abort();
    onFirst(name);
  };
  const ignore = (): void => {
    for (const name of names) process.off(name, stop);
  };
  for (const name of names) process.on(name, stop);

  return {
    signal: controller.signal,
    get name() {
      return came;
    },
    [Symbol.dispose]: ignore,
  };
}
