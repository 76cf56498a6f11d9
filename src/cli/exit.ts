import { constants } from "node:os";

/** What the command line answers with, documented in docs/commands.md: scripts branch on these. */
export const exit = {
  done: 0,
  /** The store was down, or something broke on the way. Trying again may help. */
  failed: 1,
  /** An unknown command or flag, a wrong value, a settings file that is missing or wrong. Trying again will not help. */
  usage: 2,
  /** The engine lacks the power that was asked for. */
  notSupported: 3,
} as const;

export type StopSignal = "SIGINT" | "SIGTERM";

/** As a shell tells it of a program that a signal ended: 130 for Ctrl-C. */
export function exitOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}

/** Something for the person at the keyboard to put right: what was expected, what was found, what to do. */
export class UsageError extends Error {}
