// What coatcheck/h3 exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Sessions

// http/adapters/h3.ts
interface Event {
    readonly req: WebRequest;
    readonly context: object;
    readonly runtime?: {
        readonly node?: {
            readonly res?: Pick<NodeResponse, "once">;
        };
    } | undefined;
    readonly res: PreparedResponse;
}
interface PreparedResponse {
    status?: number;
    statusText?: string;
    readonly headers: Headers;
    readonly errHeaders?: Headers;
}
export declare function coatcheck<D>(sessions: Sessions<D>): (event: Event, next: () => unknown) => Promise<unknown>;

// http/node.ts
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

// http/web.ts
interface WebRequest {
    readonly method: string;
    readonly url: string;
    readonly headers: {
        get(name: string): string | null;
    };
}
