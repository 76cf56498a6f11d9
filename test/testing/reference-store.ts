import type {
  ListableStore,
  RecordSummary,
  SessionRecord,
  SweepableStore,
  UserIndexedStore,
} from "../../src/core/store.ts";

export type FullStore = Required<SweepableStore> & ListableStore & UserIndexedStore;

/** The contract over a Map, kept by checking and writing in one turn. What the suite is tried on, whole and broken. */
export class ReferenceStore implements FullStore {
  readonly name = "reference";
  readonly atomic: boolean = true;
  readonly records: Map<string, SessionRecord>;

  constructor(records: Map<string, SessionRecord> = new Map()) {
    this.records = records;
  }

  async read(id: string, now: number): Promise<SessionRecord | undefined> {
    const record = this.live(id, now);
    return record && { ...record };
  }

  async create(record: SessionRecord, _now: number): Promise<boolean> {
    if (this.records.has(record.id)) return false;
    this.records.set(record.id, { ...record });
    return true;
  }

  async update(record: SessionRecord, expected: string, now: number): Promise<boolean> {
    const current = this.live(record.id, now);
    if (current === undefined || current.revision !== expected) return false;
    this.records.set(record.id, { ...record, createdAt: current.createdAt });
    return true;
  }

  async touch(id: string, expected: string, expiresAt: number, now: number): Promise<boolean> {
    const current = this.live(id, now);
    if (current?.revision !== expected) return false;
    if (current.expiresAt < expiresAt) this.records.set(id, { ...current, expiresAt, renewedAt: now });
    return true;
  }

  async delete(id: string): Promise<boolean> {
    return this.records.delete(id);
  }

  async deleteExpired(now: number, limit: number): Promise<number> {
    return this.remove((record) => record.expiresAt <= now, limit);
  }

  async countExpired(now: number): Promise<number> {
    return this.sorted((record) => record.expiresAt <= now).length;
  }

  async list(cursor: string | undefined, limit: number): ReturnType<ListableStore["list"]> {
    const after = this.sorted((record) => cursor === undefined || record.id > cursor);
    const page = after.slice(0, limit);
    return { records: page.map(summary), cursor: after.length > limit ? page.at(-1)?.id : undefined };
  }

  async listByUser(userId: string, now: number): Promise<RecordSummary[]> {
    const own = this.sorted((record) => record.userId === userId && record.expiresAt > now);
    return own.toSorted((a, b) => a.createdAt - b.createdAt).map(summary);
  }

  async deleteByUser(userId: string, exceptId?: string): Promise<number> {
    return this.remove((record) => record.userId === userId && record.id !== exceptId);
  }

  live(id: string, now: number): SessionRecord | undefined {
    const record = this.records.get(id);
    return record !== undefined && record.expiresAt > now ? record : undefined;
  }

  sorted(wanted: (record: SessionRecord) => boolean): SessionRecord[] {
    return [...this.records.values()].filter(wanted).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  remove(wanted: (record: SessionRecord) => boolean, limit = Number.POSITIVE_INFINITY): number {
    const found = this.sorted(wanted).slice(0, limit);
    for (const { id } of found) this.records.delete(id);
    return found.length;
  }
}

export function summary({ id, createdAt, renewedAt, expiresAt, userId }: SessionRecord): RecordSummary {
  return { id, createdAt, renewedAt, expiresAt, userId };
}
