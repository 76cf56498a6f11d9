import type { RequestFacts } from "./exchange.ts";

/** What a socket hangs on: the `socket` of Node's request, the `conn` of socket.io's. */
export interface Connection {
  readonly readyState?: unknown;
  once(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

/** What is needed of the upgrade's request, where Node made it. */
interface NodeUpgrade {
  readonly headers: {
    readonly cookie?: string | undefined;
    readonly upgrade?: string | undefined;
    readonly get?: unknown;
  };
  readonly socket?: Connection | undefined;
}

/** The same of a web-standard one. */
interface WebUpgrade {
  readonly headers: { get(name: string): string | null };
}

export type UpgradeRequest = NodeUpgrade | WebUpgrade;

export function upgradeFacts(request: UpgradeRequest): RequestFacts {
  return {
    method: "GET",
    cookieHeader: () => (isWeb(request) ? (request.headers.get("cookie") ?? undefined) : request.headers.cookie),
    isSecure: () => false,
    // A socket has no answer that could carry a cookie.
    headersSent: () => true,
  };
}

/**
 * The connection of an upgrade becomes the socket's. That of any other request, such as those that socket.io polls with, closes or
 * serves the next one while the socket lives on: to watch until then would be to stop too early.
 */
export function connectionOf(request: UpgradeRequest): Connection | undefined {
  return isWeb(request) || request.headers.upgrade === undefined ? undefined : request.socket;
}

function isWeb(request: UpgradeRequest): request is WebUpgrade {
  return typeof request.headers.get === "function";
}
