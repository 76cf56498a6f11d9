// What coatcheck/node exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Sessions
// From node:http: IncomingMessage, ServerResponse

// http/adapters/node.ts
export interface NodeAdapterOptions<Request, Response> {
    onError?: (error: unknown, request: Request, response: Response) => unknown;
}
export declare function coatcheck<D, Request extends NodeRequest = IncomingMessage, Response extends NodeResponse = ServerResponse>(sessions: Sessions<D>, listener: (request: Request, response: Response) => unknown, options?: NodeAdapterOptions<Request, Response>): (request: Request, response: Response) => void;

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
