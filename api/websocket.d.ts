// What coatcheck/websocket exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Session, Sessions

// core/watch.ts
export type SessionEnd = "flushed" | "revoked" | "cycled" | "expired" | "gone";

// http/adapters/websocket.ts
export interface WebSocketAdapterOptions {
    interval?: number;
}
export interface SocketSession<D> {
    readonly session: Session<D>;
    readonly ended: Promise<SessionEnd>;
    check(): Promise<SessionEnd | undefined>;
    close(): void;
}
interface Open<D> {
    (request: UpgradeRequest, connection?: Connection): Promise<SocketSession<D>>;
}
export declare function coatcheck<D>(sessions: Sessions<D>, options?: WebSocketAdapterOptions): Open<D>;

// http/upgrade.ts
export interface Connection {
    readonly readyState?: unknown;
    once(event: "close", listener: () => void): unknown;
    off(event: "close", listener: () => void): unknown;
}
interface NodeUpgrade {
    readonly headers: {
        readonly cookie?: string | undefined;
        readonly upgrade?: string | undefined;
        readonly get?: unknown;
    };
    readonly socket?: Connection | undefined;
}
interface WebUpgrade {
    readonly headers: {
        get(name: string): string | null;
    };
}
export type UpgradeRequest = NodeUpgrade | WebUpgrade;
