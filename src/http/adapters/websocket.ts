import { check, type Rule } from "../../core/options.ts";
import type { Session } from "../../core/session.ts";
import { mountOf, type Sessions } from "../../core/sessions.ts";
import type { SessionEnd, Watch } from "../../core/watch.ts";
import { Exchange } from "../exchange.ts";
import { type Connection, connectionOf, upgradeFacts, type UpgradeRequest } from "../upgrade.ts";

export type { SessionEnd } from "../../core/watch.ts";
export type { Connection, UpgradeRequest } from "../upgrade.ts";

export interface WebSocketAdapterOptions {
  /**
   * Seconds between two looks at the store for a session with open sockets; at most 86_400. So long may a session go on that
   * was ended in another process. Ends in this process are told at once.
   * @default 30
   */
  interval?: number;
}

const rules: Record<keyof WebSocketAdapterOptions, Rule> = {
  interval: [
    // Above the limit of setTimeout there would be a look at once, and another, and another.
    (value) => typeof value === "number" && value > 0 && value <= 86_400,
    "a positive number of seconds, at most 86_400",
  ],
};

/** A session for the life of a socket. */
export interface SocketSession<D> {
  /**
   * The session of the upgrade's cookie, a new one without. Nobody saves it for you: `save()`. Nor is it read again by itself:
   * `reload()`. The headers have left, so starting a session, cycling its key and, where it is in the cookie, every
   * write throws `HeadersSent`.
   */
  readonly session: Session<D>;
  /** Settles when the session has ended, with the reason; close the socket then. Never for a new one, or after `close`. */
  readonly ended: Promise<SessionEnd>;
  /**
   * Looks at the store now, before something that must not happen without a session: one read, which renews nothing.
   * `undefined`: it has not ended, or was new. @throws StoreUnavailable, CorruptPayload; neither is an end.
   */
  check(): Promise<SessionEnd | undefined>;
  /** The socket is closed: stops watching, and reports changes that were never saved (`unsaved`). Idempotent. */
  close(): void;
}

interface Open<D> {
  /**
   * Loads the session and watches it until the connection closes. Node's own upgrades bring theirs; of any other request
   * give it as `connection`, or call `close`.
   * @throws StoreUnavailable, CorruptPayload: nobody knows who it is, so refuse the upgrade.
   */
  (request: UpgradeRequest, connection?: Connection): Promise<SocketSession<D>>;
}

/**
 * Sessions for WebSockets: `ws`, socket.io, and whatever shows the request of the upgrade. Never sends a cookie.
 *
 * @example
 * const open = coatcheck(sessions);
 * const { session, ended } = await open(request);
 * void ended.then((why) => ws.close(4401, why));
 * @throws InvalidOption
 */
export function coatcheck<D>(sessions: Sessions<D>, options: WebSocketAdapterOptions = {}): Open<D> {
  check("coatcheck/websocket", options, rules);
  const watcher = mountOf(sessions).watcher((options.interval ?? 30) * 1000);

  return async (request, connection = connectionOf(request)) => {
    const exchange = new Exchange<D>(sessions, upgradeFacts(request), [request], () => undefined);
    let watch: Watch | undefined;
    let isClosed = connection?.readyState === "closed";
    const close = (): void => {
      if (isClosed) return;
      isClosed = true;
      // One connection may outlive many sockets: those of socket.io's namespaces come and go on it.
      connection?.off("close", close);
      watch?.close();
      exchange.finish();
    };
    // Before the store is asked: whoever hangs up meanwhile would be watched for ever.
    connection?.once("close", close);

    try {
      watch = await watcher.watch(() => exchange.load());
    } catch (error) {
      close();
      throw error;
    }
    if (isClosed) watch.close();
    return { session: await exchange.load(), ended: watch.ended, check: watch.check, close };
  };
}
