// What coatcheck/next exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: KeyOf, Session, Sessions
// From cookie: SetCookie

// http/adapters/next.ts
export interface NextFunctions {
    cookies: () => Promise<CookieJar>;
    refresh: () => void;
}
export interface NextHandlerOptions<R> {
    onError?: (error: unknown, request: R) => Response | Promise<Response>;
}
type Answer = Response | Promise<Response>;
export interface NextSessions<D> {
    readSession: () => Promise<ReadonlySession<D>>;
    action: <Args extends unknown[], Result>(handler: (session: Session<D>, ...args: Args) => Result | Promise<Result>) => (...args: Args) => Promise<Result>;
    route: <Rest extends unknown[], R extends Request = Request>(handler: (request: R, ...rest: Rest) => Answer, options?: NextHandlerOptions<R>) => (request: R, ...rest: Rest) => Promise<Response>;
    proxy: <Rest extends unknown[], R extends Request = Request>(handler?: (request: R, ...rest: Rest) => Answer | void | Promise<Response | void>, options?: NextHandlerOptions<R>) => (request: R, ...rest: Rest) => Promise<Response>;
}
export declare function coatcheck<D>(sessions: Sessions<D>, { cookies, refresh }: NextFunctions): NextSessions<D>;

// http/cookie-jar.ts
interface CookieJar {
    get(name: string): {
        readonly value: string;
    } | undefined;
    set(cookie: SetCookie & {
        value: string;
    }): unknown;
    delete(name: string): unknown;
}

// http/readonly-session.ts
export type DeepReadonly<T> = T extends readonly (infer Item)[] ? readonly DeepReadonly<Item>[] : T extends ReadonlyMap<infer Key, infer Value> ? ReadonlyMap<DeepReadonly<Key>, DeepReadonly<Value>> : T extends ReadonlySet<infer Item> ? ReadonlySet<DeepReadonly<Item>> : T extends Date | ((...args: never[]) => unknown) ? T : T extends object ? {
    readonly [K in keyof T]: DeepReadonly<T[K]>;
} : T;
export interface ReadonlySession<D> extends Iterable<[KeyOf<D>, DeepReadonly<D[KeyOf<D>]>]> {
    readonly id: string | undefined;
    readonly isNew: boolean;
    readonly userId: string | undefined;
    readonly data: DeepReadonly<Partial<D>>;
    get<K extends KeyOf<D>>(key: K): DeepReadonly<D[K]> | undefined;
    get<K extends KeyOf<D>>(key: K, fallback: DeepReadonly<D[K]>): DeepReadonly<D[K]>;
    has(key: KeyOf<D>): boolean;
    keys(): IterableIterator<KeyOf<D>>;
    values(): IterableIterator<DeepReadonly<D[KeyOf<D>]>>;
    entries(): IterableIterator<[KeyOf<D>, DeepReadonly<D[KeyOf<D>]>]>;
    readonly size: number;
    isEmpty(): boolean;
    getExpiryAge(): number;
    getExpiryDate(): Date;
    expiresAtBrowserClose(): boolean;
    testCookieWorked(): boolean;
}
