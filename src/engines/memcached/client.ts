/** What is used of a client of `memcache-client`, whose answers are the words of memcached's protocol. */
export interface MemcachedClient {
  /** `{ value, casUniq }`; `undefined` for a key that is not there. */
  gets(key: string): Promise<unknown>;
  /** `["STORED"]`, or rejects with `NOT_STORED` as the message. `lifetime` in seconds, as memcached understands them. */
  add(key: string, value: string, options: { lifetime: number }): Promise<unknown>;
  /** `["STORED"]`, or rejects with `EXISTS` or `NOT_FOUND` as the message. */
  cas(key: string, value: string, options: { lifetime: number; casUniq: string }): Promise<unknown>;
  /** `["DELETED"]`, or rejects with `NOT_FOUND` as the message. */
  delete(key: string): Promise<unknown>;
}

/** A value and what names this version of it. */
export interface Item {
  readonly value: unknown;
  readonly casUniq: string;
}

/**
 * The one of the expected words that memcached said. Anything else is an error, above all no word: a client that takes
 * callbacks answers `undefined`, which must not pass for "stored".
 */
export async function wordOf<Word extends string>(expected: readonly Word[], answer: Promise<unknown>): Promise<Word> {
  let said: unknown;
  try {
    const words = await answer;
    said = Array.isArray(words) ? words[0] : words;
  } catch (error) {
    // `memcache-client` rejects with every word that means no.
    said = error instanceof Error ? error.message : undefined;
    if (!expected.some((word) => word === said)) throw error;
  }
  const word = expected.find((candidate) => candidate === said);
  if (word === undefined) throw new UnknownAnswer();
  return word;
}

export async function itemOf(answer: Promise<unknown>): Promise<Item | undefined> {
  const item = await answer;
  if (item === undefined) return undefined;
  const { value, casUniq } = Object(item) as { value?: unknown; casUniq?: unknown };
  if (typeof casUniq !== "string" && typeof casUniq !== "number") throw new UnknownAnswer();
  return { value, casUniq: String(casUniq) };
}

/** The client answered in no way that `memcache-client` does. */
export class UnknownAnswer extends Error {
  override readonly name = "UnknownAnswer";

  constructor() {
    super("its client gave an answer that memcache-client does not give");
  }
}
