// What coatcheck/fastify exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Session, Sessions

// http/adapters/fastify.ts
export interface FastifyAdapterOptions<D> {
    readonly sessions: Sessions<D>;
}
export declare const coatcheck: <D>(app: FastifyApp, options: FastifyAdapterOptions<D>) => Promise<void>;

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

// http/on-fastify.ts
interface FastifyRequest {
    readonly raw: NodeRequest;
    readonly protocol: string;
    readonly log: {
        error(details: object, message: string): void;
    };
}
interface FastifyReply {
    readonly raw: NodeResponse;
    readonly sent: boolean;
    getHeader(name: string): unknown;
    getHeaders(): Record<string, unknown>;
    headers(values: Record<string, unknown>): unknown;
    removeHeader(name: string): unknown;
    removeTrailer(name: string): unknown;
    send(payload: unknown): unknown;
}
type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;
interface FastifyApp {
    addHook(name: "onRequest", hook: OnRequest): unknown;
}
