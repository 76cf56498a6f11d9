import { StoreUnavailable } from "../../core/errors.ts";
import type {
  Instant,
  ListableStore,
  MigratableStore,
  Migrated,
  MigrateOptions,
  RecordSummary,
  Revision,
  SessionRecord,
  SweepableStore,
  UserIndexedStore,
} from "../../core/store.ts";
import type { Dialect, OpenDatabase, Result, Row } from "./dialect.ts";
import { dayOf } from "./schema.ts";
import type { Statement, Statements } from "./statements.ts";

/** What `db()` returns: a store with every optional power. */
export interface DbStore extends SweepableStore, ListableStore, UserIndexedStore, MigratableStore, AsyncDisposable {
  readonly name: "db";
  readonly atomic: true;
  /**
   * Closes what this store opened. Nothing may be under way; whatever is asked of the store afterwards is refused
   * with `StoreUnavailable`. Disposing twice, or of a store that was never used, does nothing.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

type ValuesOf<Verb extends keyof Statements> = Parameters<Statements[Verb]["parameters"]>[0];

/**
 * In milliseconds. One packet that a network swallows can leave an opening or a migration waiting for good; without a
 * bound, every later request would wait with it, until a restart.
 */
const LONGEST_OPENING = 5_000;

export class SqlStore implements DbStore {
  readonly name = "db";
  readonly atomic = true;
  readonly #dialect: Dialect;
  #opening: Promise<OpenDatabase> | undefined;
  #migrating: Promise<unknown> | undefined;
  /** Those under way, for disposal to wait for. */
  readonly #migrations = new Set<Promise<unknown>>();
  #disposed = false;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async read(id: string, now: Instant): Promise<SessionRecord | undefined> {
    const { rows } = await this.#run("read", { id, now });
    return rows[0] && toRecord(rows[0]);
  }

  async create(record: SessionRecord): Promise<boolean> {
    const { affected } = await this.#run("create", { ...columnsOf(record), createdAt: record.createdAt });
    return affected > 0;
  }

  async update(record: SessionRecord, expected: Revision, now: Instant): Promise<boolean> {
    const { affected } = await this.#run("update", { ...columnsOf(record), expected, now });
    return affected > 0;
  }

  async touch(id: string, expected: Revision, expiresAt: Instant, now: Instant): Promise<boolean> {
    const { affected } = await this.#run("touch", { id, expected, expiresAt, expiresDay: dayOf(expiresAt), now });
    return affected > 0;
  }

  async delete(id: string): Promise<boolean> {
    const { affected } = await this.#run("delete", { id });
    return affected > 0;
  }

  async deleteExpired(now: Instant, limit: number): Promise<number> {
    const { sweepsAtMost } = await this.#open();
    for (let removed = 0; ;) {
      const slice = Math.min(limit - removed, sweepsAtMost);
      const { affected } = await this.#run("deleteExpired", { today: dayOf(now), now, limit: slice });
      removed += affected;
      if (affected < slice || removed >= limit) return removed;
      // The turn of whoever was held up, requests among them.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  async countExpired(now: Instant): Promise<number> {
    const { rows } = await this.#run("countExpired", { today: dayOf(now), now });
    return Number(rows[0]?.["total"]);
  }

  async list(
    cursor: string | undefined,
    limit: number,
  ): Promise<{ records: RecordSummary[]; cursor: string | undefined }> {
    const { rows } = await this.#run("list", { after: cursor ?? "", limit });
    const records = rows.map(toSummary);
    return { records, cursor: records.length < limit ? undefined : records.at(-1)?.id };
  }

  async listByUser(userId: string, now: Instant): Promise<RecordSummary[]> {
    const { rows } = await this.#run("listByUser", { userId, now });
    return rows.map(toSummary);
  }

  async deleteByUser(userId: string, exceptId?: string): Promise<number> {
    // No id is empty, so "" spares nobody.
    const { affected } = await this.#run("deleteByUser", { userId, exceptId: exceptId ?? "" });
    return affected;
  }

  async migrate(options?: MigrateOptions): Promise<Migrated> {
    const done = await this.#work(this.#open().then(({ migrate }) => migrate(options)));
    // Tables that are gone have to be made again, where that is our business; those that were just made have not.
    if (options?.dryRun !== true) this.#migrating = options?.direction === "down" ? undefined : Promise.resolve();
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    // A failed opening has told its caller already, and left nothing to close.
    const open = await this.#opening?.catch(() => undefined);
    await Promise.allSettled(this.#migrations);
    await open?.connection.close();
  }

  async #run<Verb extends keyof Statements>(verb: Verb, values: ValuesOf<Verb>): Promise<Result> {
    const { connection, statements } = await this.#ready();
    const statement: Statement<never> = statements[verb];
    return connection.run(statement.sql, statement.parameters(values));
  }

  async #work<T>(migration: Promise<T>): Promise<T> {
    this.#migrations.add(migration);
    try {
      return await migration;
    } finally {
      this.#migrations.delete(migration);
    }
  }

  async #ready(): Promise<OpenDatabase> {
    const open = await this.#open();
    if (this.#dialect.migrates) {
      this.#migrating ??= this.#beginMigrating(open);
      await this.#migrating;
    }
    return open;
  }

  #beginMigrating(open: OpenDatabase): Promise<unknown> {
    const migrating = this.#work(open.migrate());
    const forget = (): void => {
      if (this.#migrating === migrating) this.#migrating = undefined;
    };
    migrating.catch(forget);
    // It may just as well wait for the lock, while another process is at it. Each further one would take one more
    // connection to wait on, so they come ever more rarely.
    unlessSettled(migrating, LONGEST_OPENING * 2 ** Math.min(this.#migrations.size - 1, 8), forget);
    return migrating;
  }

  #open(): Promise<OpenDatabase> {
    if (this.#disposed) return Promise.reject(new StoreUnavailable("The db store was disposed of and cannot be used."));
    this.#opening ??= this.#beginOpening();
    return this.#opening;
  }

  #beginOpening(): Promise<OpenDatabase> {
    const opening = this.#dialect.open();
    const forget = (): void => {
      if (this.#opening === opening) this.#opening = undefined;
    };
    // Only success is remembered: a folder that was missing for a moment must not keep sessions down until a restart.
    opening.catch(forget);
    unlessSettled(opening, LONGEST_OPENING, () => {
      forget();
      opening.then((late) => this.#adopt(opening, late)).catch(() => undefined);
    });
    return opening;
  }

  /** What was given up and came after all; closed, if it is not needed any more. */
  async #adopt(opening: Promise<OpenDatabase>, late: OpenDatabase): Promise<void> {
    if (this.#opening === undefined && !this.#disposed) this.#opening = opening;
    else await late.connection.close();
  }
}

/** Without keeping the process alive for it. */
function unlessSettled(work: Promise<unknown>, longest: number, giveUp: () => void): void {
  const timer = setTimeout(giveUp, longest);
  timer.unref();
  const settled = (): void => clearTimeout(timer);
  work.then(settled, settled);
}

function columnsOf(record: SessionRecord) {
  const { id, secretHash, payload, revision, renewedAt, expiresAt } = record;
  const userId = record.userId ?? null;
  return { id, secretHash, payload, revision, userId, renewedAt, expiresAt, expiresDay: dayOf(expiresAt) };
}

/** `Number`, because drivers differ: PostgreSQL's hands 64-bit integers over as strings. */
function toSummary(row: Row): RecordSummary {
  return {
    id: String(row["id"]),
    createdAt: Number(row["createdAt"]),
    renewedAt: Number(row["renewedAt"]),
    expiresAt: Number(row["expiresAt"]),
    ...(typeof row["userId"] === "string" ? { userId: row["userId"] } : undefined),
  };
}

function toRecord(row: Row): SessionRecord {
  return {
    ...toSummary(row),
    secretHash: String(row["secretHash"]),
    payload: String(row["payload"]),
    revision: String(row["revision"]),
  };
}
