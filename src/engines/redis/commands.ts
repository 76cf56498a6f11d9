/** A server or a Cluster, as the engine uses it. */
export interface Commands {
  /**
   * Sends a command about one key.
   *
   * @param readonly a replica may answer it, where the client is set up so.
   */
  send(key: string, readonly: boolean, args: readonly string[]): Promise<unknown>;
  /** The servers that have keys of their own. */
  primaries(): Promise<Primary[]>;
  /** What the client puts before keys by itself. */
  readonly keyPrefix: string;
}

export interface Primary {
  readonly name: string;
  send(args: readonly string[]): Promise<unknown>;
}

/** Clients may be set up to answer with bytes. */
export function textOf(reply: unknown): string | undefined {
  if (typeof reply === "string") return reply;
  return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : undefined;
}

export function listOf(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : [];
}
