// What coatcheck/koa exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Session, Sessions

// http/adapters/koa.ts
interface KoaContext {
    readonly req: NodeRequest;
    readonly res: NodeResponse;
    readonly request: object;
    readonly response: object;
    readonly app: {
        emit(event: "error", error: unknown, context: unknown): unknown;
    };
    readonly secure: boolean;
    status: number;
    body: unknown;
    readonly respond?: boolean | undefined;
    onerror(error: Error): void;
}
type Next = () => Promise<unknown>;
interface KoaMiddleware<D> {
    (context: KoaContext, next: Next): Promise<void>;
    (context: KoaContext & SessionProperty<D>, next: Next): Promise<void>;
}
export declare function coatcheck<D>(sessions: Sessions<D>): KoaMiddleware<D>;

// http/node.ts
interface NodeRequest {
    readonly method?: string | undefined;
    readonly headers: {
        readonly cookie?: string | undefined;
    };
    readonly socket?: object | null | undefined;
}
interface NodeResponse {
    statusCode: number;
    readonly headersSent: boolean;
    readonly writableEnded: boolean;
    getHeader(name: string): number | string | string[] | undefined;
    getHeaderNames(): string[];
    getHeaders(): object;
    setHeader(name: string, value: string | string[]): unknown;
    removeHeader(name: string): void;
    writeHead(...args: never[]): unknown;
    write(...args: never[]): unknown;
    end(...args: never[]): unknown;
    flushHeaders?(): void;
    destroy(error?: Error): unknown;
    emit(event: "drain"): boolean;
    once(event: "close", listener: () => void): unknown;
}
export interface SessionProperty<D> {
    readonly session: Promise<Session<D>>;
}
