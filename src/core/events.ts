import { CorruptPayload, SessionConflict, type SessionError, StoreUnavailable } from "./errors.ts";

/** What can be listened to. Events carry ids, never tokens, secrets or data. */
export interface SessionEvents {
  /** A record was created. */
  created: { id: string };
  /** The key was cycled: the old token is dead. */
  cycled: { id: string };
  /** The session was ended by its own visitor. */
  flushed: { id: string };
  /** Sessions were ended from outside: one by its id, or a user's. */
  revoked: { id?: string; userId?: string; count: number };
  /** Plain writes of these keys came after another request's; the last one won. `update(key, fn)` would have merged. */
  overwritten: { id: string; keys: readonly string[] };
  /** The session ended, or its key was cycled, while a request held unsaved changes; they were dropped. */
  interrupted: { id: string };
  /**
   * Changes made after the headers had left were never saved: call `save()`. Or a request was over before any answer that
   * could save them: its visitor went away, or it was answered past us.
   */
  unsaved: { id: string | undefined };
  /** The store failed, did not answer in time, found no turn for a write, or holds something that cannot be read. */
  failed: { error: SessionError };
}

export type Listener<E> = (event: E) => void;

export interface Emitter {
  on<K extends keyof SessionEvents>(name: K, listener: Listener<SessionEvents[K]>): () => void;
  emit<K extends keyof SessionEvents>(name: K, event: SessionEvents[K]): void;
}

export function emitter(): Emitter {
  const listeners = new Map<string, Set<Listener<never>>>();
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      return () => set.delete(listener);
    },
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          const result: unknown = (listener as Listener<typeof event>)(event);
          if (result instanceof Promise) result.catch((error: unknown) => logListener(name, error));
        } catch (error) {
          logListener(name, error);
        }
      }
    },
  };
}

/** A listener is for logs and metrics: its failure must neither decide over a request nor vanish. */
function logListener(name: string, error: unknown): void {
  // oxlint-disable-next-line no-console -- there is no caller left who could be told
  console.error(`A listener for the session event "${name}" failed:`, error);
}

/** Passes an error of the store on to `failed`, and throws it again; the application's own mistakes are not for operators. */
export async function reportFailures<T>(events: Emitter, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof SessionConflict || error instanceof CorruptPayload) {
      events.emit("failed", { error });
    }
    throw error;
  }
}
