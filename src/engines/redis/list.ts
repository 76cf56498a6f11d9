import { InvalidOption } from "../../core/errors.ts";
import type { RecordSummary } from "../../core/store.ts";
import { textOf } from "./commands.ts";
import type { Connection } from "./connection.ts";

/** A place in the walk: a node, where its SCAN goes on unless it is through, and what its last step found beyond the page. */
interface Place {
  readonly node: string;
  readonly scan: string | null;
  readonly ids: readonly string[];
}

const ID = /^[A-Za-z0-9_-]{1,96}$/;

/**
 * One page of a walk through all keys of ours. A step of SCAN gives as many keys as it likes; those that have no room on the
 * page are in the cursor, by name. Making the step again would not do: what it covers changes with every key in the
 * database, of whomever.
 */
export async function listPage(
  connection: Connection,
  prefix: string,
  show: (ids: readonly string[]) => Promise<RecordSummary[]>,
  cursor: string | undefined,
  limit: number,
): Promise<{ records: RecordSummary[]; cursor: string | undefined }> {
  const nodes = await connection.primaries();
  const keys = connection.keyPrefix + prefix;
  const pattern = `${keys.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`)}*`;
  const records: RecordSummary[] = [];

  let place: Place | undefined = cursor === undefined ? startOf(nodes[0]) : placeOf(cursor);
  while (place !== undefined && records.length < limit) {
    const { node, scan, ids }: Place = place;
    if (ids.length > 0) {
      const room = limit - records.length;
      records.push(...(await show(ids.slice(0, room))));
      place = { node, scan, ids: ids.slice(room) };
    } else if (scan !== null) {
      const step = await connection.scan(node, scan, pattern);
      const found = step.keys.map((key) => (textOf(key) ?? "").slice(keys.length)).filter((id) => ID.test(id));
      place = { node, scan: step.cursor === "0" ? null : step.cursor, ids: [...new Set(found)] };
    } else {
      place = startOf(nodes.find((name) => name > node));
    }
  }
  return { records, cursor: place && JSON.stringify(place) };
}

function startOf(node: string | undefined): Place | undefined {
  return node === undefined ? undefined : { node, scan: "0", ids: [] };
}

function placeOf(cursor: string): Place {
  try {
    const { node, scan, ids } = JSON.parse(cursor) as Record<string, unknown>;
    if (typeof node === "string" && (scan === null || typeof scan === "string") && isIds(ids))
      return { node, scan, ids };
  } catch {
    // Said below.
  }
  throw new InvalidOption("redis: list: expected a cursor that list answered, got something else.");
}

function isIds(ids: unknown): ids is string[] {
  return Array.isArray(ids) && ids.every((id) => typeof id === "string" && ID.test(id));
}
