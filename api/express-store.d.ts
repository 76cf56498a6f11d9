// What coatcheck/express-store exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: SessionStore

// engines/express-store.ts
export declare function expressStore<ExpressSession = never>(store: ExpressSessionStore | ((expressSession: ExpressSession) => ExpressSessionStore), options?: ExpressStoreOptions<ExpressSession>): ExpressStore;

// engines/express-store/contract.ts
type Callback = (error?: unknown, result?: unknown) => void;
export interface ExpressSessionStore {
    get(sid: string, callback: Callback): unknown;
    set(sid: string, session: object, callback?: Callback): unknown;
    destroy(sid: string, callback?: Callback): unknown;
}

// engines/express-store/options.ts
export interface ExpressStoreOptions<ExpressSession = unknown> {
    readonly expressSession?: ExpressSession;
    readonly prefix?: string;
}

// engines/express-store/store.ts
export interface ExpressStore extends SessionStore {
    readonly name: "expressStore";
    readonly atomic: false;
}
