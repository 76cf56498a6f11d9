// What coatcheck/express exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Sessions

// http/adapters/express.ts
type Handler = (request: never, response: never, next: never) => unknown;
interface Coatcheck {
    <D>(sessions: Sessions<D>): ExpressMiddleware;
    async<H extends Handler>(handler: H): H;
}
export declare const coatcheck: Coatcheck;

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

// http/on-express.ts
interface ExpressRequest extends NodeRequest {
    readonly secure?: boolean;
}
type Next = (error?: unknown) => void;
type ExpressMiddleware = (request: ExpressRequest, response: NodeResponse, next: Next) => void;
