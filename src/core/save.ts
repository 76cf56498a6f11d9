import { accept, type Context, deadlineOf, decode, type Loaded } from "./context.ts";
import type { Deadline } from "./deadline.ts";
import { type Changes, draftAfter, lifetimeAfter, payloadAfter } from "./draft.ts";
import type { Change, Gone, Newer, Saved } from "./engine.ts";
import { SessionConflict, StoreUnavailable } from "./errors.ts";
import { type Data, emptyData, plainlyWritten, replay } from "./operations.ts";
import type { Instant } from "./store.ts";
import { newId } from "./token.ts";

/** More parallel writers than this on one session within one deadline, and one is told `SessionConflict`. */
const mostTries = 100;
const mostIds = 5;

export interface SaveResult {
  readonly loaded: Loaded;
  /** What the store holds now, when that is not what the request saw: others wrote in between. */
  readonly merged: Data | undefined;
}

export async function create(context: Context, changes: Changes, payload: string, now: Instant): Promise<SaveResult> {
  const deadline = deadlineOf(context);
  for (let tries = 1; tries <= mostIds; tries += 1) {
    const draft = draftAfter(context, changes, undefined, newId(), payload, now);
    const outcome = await write(context, deadline, { kind: "create", draft }, now, 1);
    if (outcome.kind !== "saved") continue;
    return { loaded: { ...lifetimeAfter(changes, undefined, now), snapshot: outcome.snapshot }, merged: undefined };
  }
  throw new StoreUnavailable(`The session store "${context.engine.name}" refused ${mostIds} new ids in a row.`);
}

/**
 * One compare-and-set; when another request's write came first, the operations are replayed on what it wrote, until one
 * gets through.
 *
 * @param seen The payload with the changes made to what this request read.
 * @returns `undefined` when the session is gone, or its key was cycled by another request.
 */
export async function update(
  context: Context,
  changes: Changes,
  original: Loaded,
  seen: string,
  now: Instant,
): Promise<SaveResult | undefined> {
  const deadline = deadlineOf(context);
  let base = original;
  let payload = seen;
  for (let tries = 1; tries <= mostTries; tries += 1) {
    if (tries > 1 && deadline.passed) throw conflict(original.snapshot.id, tries - 1);
    const draft = draftAfter(context, changes, base, base.snapshot.id, payload, now);
    const change: Change = { kind: "update", from: base.snapshot, draft, cycle: changes.cycle !== undefined };
    const outcome = await write(context, deadline, change, now, tries);

    if (outcome.kind === "gone") return undefined;
    if (outcome.kind === "saved") {
      if (tries > 1) reportOverwritten(context, changes, original, base);
      // What we wrote ourselves needs no decoding; that is nearly always.
      if (outcome.snapshot.payload === seen) {
        return { loaded: { ...lifetimeAfter(changes, base, now), snapshot: outcome.snapshot }, merged: undefined };
      }
      const current = decode(context, outcome.snapshot);
      return { loaded: current.loaded, merged: current.data };
    }

    const current = accept(context, outcome.snapshot, now);
    if (current === undefined) return undefined;
    base = current.loaded;
    const merged = Object.assign(emptyData(), current.data);
    replay(changes.operations, merged, context.values);
    payload = payloadAfter(context, changes, base, merged, now);
    // The others' writes said it all already.
    if (payload === base.snapshot.payload && !writesMore(changes)) return { loaded: base, merged };
  }
  throw conflict(original.snapshot.id, mostTries);
}

function writesMore({ userId, expiry, cycle }: Changes): boolean {
  return cycle !== undefined || userId !== undefined || expiry !== undefined;
}

async function write(
  context: Context,
  deadline: Deadline,
  change: Change,
  now: Instant,
  tries: number,
): Promise<Saved | Newer | Gone> {
  const outcome = await deadline.run(() => context.engine.commit(change, now));
  if (outcome.kind !== "refused") return outcome;
  // Writers that lost together would meet again and again; the first retry is free, since most conflicts are of two.
  if (tries > 1) await pause(Math.random() * Math.min(tries, 10));
  try {
    return await deadline.run(() => context.engine.explain(outcome, now));
  } catch (error) {
    // Refused twice and out of time: it was the others who kept us, not the store.
    if (tries > 1 && deadline.passed) throw conflict(outcome.attempted.id, tries, error);
    throw error;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function conflict(id: string, tries: number, cause?: unknown): SessionConflict {
  return new SessionConflict(
    `Session ${id}: too many requests wrote to it at once; this one gave up after ${tries} tries. Nothing was written.`,
    { cause },
  );
}

function reportOverwritten(context: Context, changes: Changes, original: Loaded, base: Loaded): void {
  const before = decode(context, original.snapshot).data;
  const after = decode(context, base.snapshot).data;
  const textIn = (data: Data, key: string): string | undefined =>
    Object.hasOwn(data, key) ? context.values.stringify(key, data[key]) : undefined;
  const keys = [...plainlyWritten(changes.operations)].filter((key) => textIn(before, key) !== textIn(after, key));
  if (keys.length > 0) context.events.emit("overwritten", { id: base.snapshot.id, keys });
}
