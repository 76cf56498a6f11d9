import type { Commands } from "./commands.ts";
import { listOf } from "./commands.ts";
import { failure, isPassingRefusal, replyCode } from "./failure.ts";
import { whileRefused } from "./retry.ts";
import type { Script } from "./scripts.ts";
import type { Source } from "./target.ts";

/** In milliseconds: half of a request's patience. */
const LONGEST_REFUSAL = 1_000;

/** Commands and scripts, with everything that goes wrong turned into `StoreUnavailable`. */
export class Connection {
  readonly #source: Source;
  #commands: Commands | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  get #open(): Commands {
    this.#commands ??= this.#source.open();
    return this.#commands;
  }

  read(key: string, ...args: string[]): Promise<unknown> {
    return this.#run(() => this.#open.send(key, true, args));
  }

  write(key: string, ...args: string[]): Promise<unknown> {
    return this.#run(() => this.#open.send(key, false, args));
  }

  /**
   * By its digest. A server that was restarted, emptied of scripts or promoted does not know it, has then done nothing, and
   * learns it by the second call; each node of a Cluster for itself.
   */
  script({ sha, source }: Script, key: string, ...args: string[]): Promise<unknown> {
    return this.#run(async () => {
      const send = (verb: string, script: string): Promise<unknown> =>
        this.#open.send(key, false, [verb, script, "1", key, ...args]);
      try {
        return await send("EVALSHA", sha);
      } catch (error) {
        if (replyCode(error) !== "NOSCRIPT") throw error;
        return send("EVAL", source);
      }
    });
  }

  /** One step through those keys of one primary that match the pattern. */
  async scan(node: string, cursor: string, pattern: string): Promise<{ cursor: string; keys: unknown[] }> {
    return this.#run(async () => {
      const primary = (await this.#open.primaries()).find(({ name }) => name === node);
      // It has left the Cluster; its keys are elsewhere.
      if (primary === undefined) return { cursor: "0", keys: [] };
      const reply = listOf(await primary.send(["SCAN", cursor, "MATCH", pattern, "COUNT", "100"]));
      return { cursor: String(reply[0]), keys: listOf(reply[1]) };
    });
  }

  async primaries(): Promise<string[]> {
    return this.#run(async () => {
      const primaries = await this.#open.primaries();
      // What a closed or cut off client says. Nowhere to look is not nothing found.
      if (primaries.length === 0) throw new Error("no primary is known to the client");
      return primaries.map(({ name }) => name).sort();
    });
  }

  get keyPrefix(): string {
    return this.#open.keyPrefix;
  }

  /** @param reply what was answered in the place of a record. */
  unexpected(reply: string): Error {
    return failure(this.#source.where, new Error(reply));
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await whileRefused(isPassingRefusal, LONGEST_REFUSAL, work);
    } catch (error) {
      throw failure(this.#source.where, error);
    }
  }
}
