import type { RecordSummary, SessionRecord } from "../../core/store.ts";
import { check } from "./check.ts";

const allowed: ReadonlySet<string> = new Set<keyof RecordSummary>([
  "id",
  "createdAt",
  "renewedAt",
  "expiresAt",
  "userId",
]);

/** Summaries are those of the records, in any order, and carry nothing else. */
export function checkSummaries(
  found: readonly RecordSummary[],
  expected: readonly SessionRecord[],
  verb: string,
): void {
  const surplus = found.flatMap((each) => Object.keys(each)).filter((key) => !allowed.has(key));
  check(
    surplus,
    [],
    `${verb} shows id, createdAt, renewedAt, expiresAt and userId: never the payload, the secret hash or the revision`,
  );
  check(sorted(found), sorted(expected), `${verb} shows each record's id, instants and user as they are`);
}

function sorted(records: readonly RecordSummary[]): RecordSummary[] {
  return records
    .map(({ id, createdAt, renewedAt, expiresAt, userId }) => ({ id, createdAt, renewedAt, expiresAt, userId }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
