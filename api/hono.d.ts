// What coatcheck/hono exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Session, Sessions
// From hono: MiddlewareHandler

// http/adapters/hono.ts
export interface CoatcheckEnv<D> {
    Variables: {
        readonly session: Promise<Session<D>>;
    };
}
export declare function coatcheck<D>(sessions: Sessions<D>): MiddlewareHandler<CoatcheckEnv<D>>;
