import { randomBytes } from "node:crypto";
import type { Revision } from "./store.ts";

/**
 * A revision is its own name followed by its last four ancestors' names, newest first, joined by dots: 64 characters.
 *
 * Why the ancestors: a client library may resend a write whose reply was lost, and the second attempt is then refused
 * because the first one arrived. Finding our name among the ancestors of what is stored now tells that our write was
 * made, so it is not made twice, even when up to four other writers came after it.
 */
const ancestors = 4;

export function nextRevision(previous?: Revision): Revision {
  const name = randomBytes(9).toString("base64url");
  return previous === undefined ? name : [name, ...previous.split(".").slice(0, ancestors)].join(".");
}

/** Whether the write that was to bear `ours` has been made, judging by the revision that is stored now. */
export function hasArrived(ours: Revision, stored: Revision): boolean {
  const [name] = ours.split(".", 1);
  return name !== undefined && stored.split(".").includes(name);
}
