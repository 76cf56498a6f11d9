// What coatcheck/nest exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Session, Sessions

// http/adapters/nest.ts
type Middleware = (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => void;
interface HttpAdapter {
    getType(): string;
    getInstance(): unknown;
    use(middleware: Middleware): unknown;
}
interface Consumer {
    getHttpAdapter(): HttpAdapter;
}
export interface CoatcheckModule {
    readonly module: new () => {
        configure(consumer: Consumer): void;
    };
}
export interface NestContext {
    getType(): string;
    switchToHttp(): {
        getRequest(): object;
    };
}
interface Coatcheck {
    <D>(sessions: Sessions<D>): CoatcheckModule;
    current<D>(sessions: Sessions<D>): (data: unknown, context: NestContext) => Promise<Session<D>>;
    signedIn<D>(sessions: Sessions<D>, Unauthorized: new () => Error): {
        canActivate(context: NestContext): Promise<boolean>;
    };
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
export interface SessionProperty<D> {
    readonly session: Promise<Session<D>>;
}
