import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { threadId } from "node:worker_threads";

/**
 * Who made a lock or a temporary file: `<process id>-<its start>-<machine>-<thread>`, fit for a file name.
 *
 * A process id alone would not do. It is given away again, so the time the process started, in the kernel's ticks, goes
 * with it; and it means nothing outside its machine, or its container, so a hash of the boot and of the process
 * namespace does, too. Such a name never comes back after its process has ended, which the breaking of locks rests on.
 */
export type Owner = string;

/** `"unknown"`: it cannot be told from here, only guessed by age. */
export type Verdict = "alive" | "dead" | "unknown";

/** Where the system does not tell when a process started. */
const NO_START = "0";

const SHAPE = /^(?<pid>[1-9]\d*)-(?<start>\d+)-(?<machine>[0-9a-f]{16})-\d+$/;

let us: Owner | undefined;

/** This thread. Not reckoned before it is needed: whoever only imports the engine reads no file. */
export function ourselves(): Owner {
  us ??= ownerOf(process.pid, threadId);
  return us;
}

/** A thread of a process on this machine. */
export function ownerOf(pid: number, thread = 0): Owner {
  return `${pid}-${processAt(pid)?.start ?? NO_START}-${machine()}-${thread}`;
}

/** Whether its owner may still be at work. Never `"dead"` of one who might be. */
export function verdictOn(owner: string): Verdict {
  const { pid, start, machine: theirs } = SHAPE.exec(owner)?.groups ?? {};
  if (theirs !== machine()) return "unknown";
  if (!isRunning(Number(pid))) return "dead";
  const found = processAt(Number(pid));
  if (found === undefined || start === NO_START) return "unknown";
  // A zombie does nothing any more, and may stay for as long as its parent does not ask for it.
  return found.start === start && found.state !== "Z" && found.state !== "X" ? "alive" : "dead";
}

/** The user this process acts as; undefined where there are no such numbers. */
export function ourUserId(): number | undefined {
  return process.geteuid?.();
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 is not sent. Asking /proc instead would not do: it may be mounted so that others' processes are hidden.
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

function processAt(pid: number): { state: string; start: string } | undefined {
  // The name comes second, in parentheses, and may itself hold parentheses and spaces.
  const fields = readOr("", () => readFileSync(`/proc/${pid}/stat`, "latin1"))
    .replace(/^.*\) /s, "")
    .split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

let ourMachine: string | undefined;

function machine(): string {
  ourMachine ??= createHash("sha256")
    .update(readOr(hostname(), () => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()))
    .update(readOr("", () => readlinkSync("/proc/self/ns/pid")))
    .digest("hex")
    .slice(0, 16);
  return ourMachine;
}

function readOr(otherwise: string, read: () => string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
