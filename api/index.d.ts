// What coatcheck exports, and what that reaches (without "export"). Written by: npm run api

// core/codec.ts
export interface Codec<Rich = never> {
    readonly name: string;
    stringify(value: unknown, subject: string, limits: DataLimits): string;
    parse(text: string, limits: DataLimits): unknown;
    readonly sealing?: Sealing;
    readonly carries?: (value: Rich) => void;
}
export interface Sealing {
    readonly required: boolean;
    seal(plain: Uint8Array, id: string): Uint8Array | undefined;
    unseal(sealed: Uint8Array, id: string, limits: DataLimits): Uint8Array;
    isCurrent?(sealed: Uint8Array | undefined, id: string): boolean;
}

// core/engine.ts
export interface Engine {
    readonly name: string;
    readonly atomic: boolean;
    readonly inCookie?: true;
    recognizes(cookie: string): boolean;
    open(cookie: string, now: Instant): Promise<Snapshot | undefined>;
    find?(id: string, now: Instant): Promise<Snapshot | undefined>;
    refresh(from: Snapshot, now: Instant): Promise<Snapshot | undefined>;
    commit(change: Change, now: Instant): Promise<Outcome>;
    explain(refusal: Refused, now: Instant): Promise<Saved | Newer | Gone>;
    revoke?(id: string): Promise<boolean>;
    readonly users?: UserIndex;
    readonly store?: SessionStore;
    [Symbol.asyncDispose]?(): Promise<void>;
}
export interface UserIndex {
    list(userId: string, now: Instant): Promise<RecordSummary[]>;
    revoke(userId: string, exceptId: string | undefined): Promise<number>;
}
export interface Snapshot extends Draft {
    readonly cookie: string | undefined;
    readonly sealedFor?: string;
    readonly inCookie?: true;
}
export type Draft = Omit<SessionRecord, "secretHash" | "revision">;
export type Change = {
    readonly kind: "create";
    readonly draft: Draft;
}
 | {
    readonly kind: "update";
    readonly from: Snapshot;
    readonly draft: Draft;
    readonly cycle: boolean;
} | {
    readonly kind: "touch";
    readonly from: Snapshot;
    readonly expiresAt: Instant;
} | {
    readonly kind: "delete";
    readonly from: Snapshot;
};
interface Saved {
    readonly kind: "saved";
    readonly snapshot: Snapshot;
}
interface Refused {
    readonly kind: "refused";
    readonly attempted: Snapshot;
    readonly from: Snapshot | undefined;
}
interface Newer {
    readonly kind: "newer";
    readonly snapshot: Snapshot;
}
interface Gone {
    readonly kind: "gone";
}
export type Outcome = Saved | Refused | Gone;
export interface EngineSettings {
    readonly secrets: readonly string[];
    readonly namespace: string | undefined;
    readonly cookieRoom: number;
}
export type EngineFactory = (settings: EngineSettings) => Engine;

// core/errors.ts
export type SessionErrorCode = "STORE_UNAVAILABLE" | "SESSION_INTERRUPTED" | "SESSION_CONFLICT" | "CORRUPT_PAYLOAD" | "INVALID_DATA" | "INVALID_OPTION" | "NOT_MOUNTED" | "NOT_SUPPORTED" | "HEADERS_SENT" | "READ_ONLY";
interface SessionErrorOptions {
    cause?: unknown;
}
export declare abstract class SessionError extends Error {
    abstract readonly code: SessionErrorCode;
    readonly status: number;
    readonly statusCode: number;
    readonly expose: boolean;
    constructor(message: string, options?: SessionErrorOptions);
}
export declare class StoreUnavailable extends SessionError {
    readonly code: "STORE_UNAVAILABLE";
    readonly status = 503;
}
export declare class SessionInterrupted extends SessionError {
    readonly code: "SESSION_INTERRUPTED";
    readonly status = 400;
}
export declare class SessionConflict extends SessionError {
    readonly code: "SESSION_CONFLICT";
    readonly status = 409;
}
export declare class CorruptPayload extends SessionError {
    readonly code: "CORRUPT_PAYLOAD";
}
export declare class InvalidData extends SessionError {
    readonly code: "INVALID_DATA";
}
export declare class InvalidOption extends SessionError {
    readonly code: "INVALID_OPTION";
}
export declare class NotMounted extends SessionError {
    readonly code: "NOT_MOUNTED";
}
export declare class NotSupported extends SessionError {
    readonly code: "NOT_SUPPORTED";
}
export declare class HeadersSent extends SessionError {
    readonly code: "HEADERS_SENT";
}
export declare class ReadOnly extends SessionError {
    readonly code: "READ_ONLY";
}
export type AnySessionError = StoreUnavailable | SessionInterrupted | SessionConflict | CorruptPayload | InvalidData | InvalidOption | NotMounted | NotSupported | HeadersSent | ReadOnly;

// core/events.ts
export interface SessionEvents {
    created: {
        id: string;
    };
    cycled: {
        id: string;
    };
    flushed: {
        id: string;
    };
    revoked: {
        id?: string;
        userId?: string;
        count: number;
    };
    overwritten: {
        id: string;
        keys: readonly string[];
    };
    interrupted: {
        id: string;
    };
    unsaved: {
        id: string | undefined;
    };
    failed: {
        error: SessionError;
    };
}
export type Listener<E> = (event: E) => void;

// core/expiry.ts
type Renewal = "throttled" | "always" | "on-write";

// core/json.ts
export type JsonSafe<T, Rich = never> = T extends JsonValue | undefined ? T : T extends Rich ? RichSafe<T, Rich> : T extends bigint | symbol | ((...args: never[]) => unknown) ? NotJson : T extends readonly (infer Element)[] ? undefined extends Element ? NotJson : {
    [K in keyof T]: JsonSafe<T[K], Rich>;
} : [keyof T] extends [never] ? NotJson : {
    [K in keyof T]: JsonSafe<T[K], Rich>;
};
type RichSafe<T, Rich> = T extends Map<infer Key, infer Value> ? Map<Held<Key, Rich>, Held<Value, Rich>> : T extends Set<infer Element> ? Set<Held<Element, Rich>> : T;
type Held<T, Rich> = undefined extends T ? NotJson : JsonSafe<T, Rich>;
export type JsonValue = string | number | boolean | null | JsonValue[] | {
    [key: string]: JsonValue;
};
declare const notJson: unique symbol;
export interface NotJson {
    readonly [notJson]: "JSON cannot carry this type";
}
export interface DataLimits {
    readonly payloadLength: number;
    readonly depth: number;
    readonly keys: number;
}

// core/options.ts
export interface CookieOptions {
    name?: string;
    domain?: string;
    path?: string;
    secure?: boolean | "auto";
    httpOnly?: boolean;
    sameSite?: "lax" | "strict" | "none";
    partitioned?: boolean;
}
export interface SessionsOptions {
    engine?: SessionStore | EngineFactory;
    idleTimeout?: number;
    absoluteTimeout?: number;
    expireAtBrowserClose?: boolean;
    renew?: Renewal;
    cookie?: CookieOptions;
    codec?: Codec;
    secrets?: readonly string[];
    namespace?: string;
    deadline?: number;
    limits?: Partial<DataLimits>;
    property?: boolean;
    clock?: () => Instant;
}
interface ResolvedCookie {
    readonly name: string;
    readonly domain: string | undefined;
    readonly path: string;
    readonly secure: boolean | "auto";
    readonly httpOnly: boolean;
    readonly sameSite: "lax" | "strict" | "none";
    readonly partitioned: boolean;
}
export interface ResolvedOptions {
    readonly engine: EngineFactory;
    readonly idleTimeout: number;
    readonly absoluteTimeout: number | undefined;
    readonly expireAtBrowserClose: boolean;
    readonly renew: Renewal;
    readonly cookie: ResolvedCookie;
    readonly codec: Codec;
    readonly secrets: readonly string[];
    readonly namespace: string | undefined;
    readonly deadline: number;
    readonly limits: DataLimits;
    readonly property: boolean;
    readonly clock: () => Instant;
}

// core/session.ts
export type KeyOf<D> = keyof D & string;
export interface Session<D> extends Iterable<[KeyOf<D>, D[KeyOf<D>]]> {
    readonly id: string | undefined;
    readonly isNew: boolean;
    readonly accessed: boolean;
    readonly modified: boolean;
    readonly data: Partial<D>;
    userId: string | undefined;
    get<K extends KeyOf<D>>(key: K): D[K] | undefined;
    get<K extends KeyOf<D>>(key: K, fallback: D[K]): D[K];
    set<K extends KeyOf<D>>(key: K, value: D[K]): this;
    has(key: KeyOf<D>): boolean;
    delete(key: KeyOf<D>): boolean;
    pop<K extends KeyOf<D>>(key: K): D[K] | undefined;
    pop<K extends KeyOf<D>>(key: K, fallback: D[K]): D[K];
    setDefault<K extends KeyOf<D>>(key: K, value: D[K]): D[K];
    update(values: Partial<D>): this;
    update<K extends KeyOf<D>>(key: K, fn: (current?: D[K]) => D[K]): D[K];
    clear(): void;
    keys(): IterableIterator<KeyOf<D>>;
    values(): IterableIterator<D[KeyOf<D>]>;
    entries(): IterableIterator<[KeyOf<D>, D[KeyOf<D>]]>;
    readonly size: number;
    isEmpty(): boolean;
    setExpiry(value: number | Date | null): void;
    getExpiryAge(): number;
    getExpiryDate(): Date;
    expiresAtBrowserClose(): boolean;
    setTestCookie(): void;
    testCookieWorked(): boolean;
    deleteTestCookie(): void;
    cycleKey(): void;
    flush(): Promise<void>;
    save(): Promise<void>;
    reload(): Promise<void>;
}

// core/sessions.ts
export interface Sessions<D> extends AsyncDisposable {
    get(carrier: object): Promise<Session<D>>;
    open(token?: string): Promise<Session<D>>;
    byId(id: string): Promise<Session<D> | undefined>;
    revoke(id: string): Promise<boolean>;
    forUser(userId: string): Promise<RecordSummary[]>;
    revokeUser(userId: string, options?: {
        except?: string | undefined;
    }): Promise<number>;
    token(session: Session<D>): string | undefined;
    on<K extends keyof SessionEvents>(event: K, listener: Listener<SessionEvents[K]>): () => void;
    readonly options: ResolvedOptions;
}

// core/store-engine.ts
export declare function storeEngine(keeper: SessionStore): EngineFactory;

// core/store.ts
export type Instant = number;
export type Revision = string;
export interface SessionRecord {
    readonly id: string;
    readonly secretHash: string;
    readonly payload: string;
    readonly revision: Revision;
    readonly createdAt: Instant;
    readonly renewedAt: Instant;
    readonly expiresAt: Instant;
    readonly userId?: string | undefined;
}
export interface ReadOptions {
    readonly fresh?: boolean;
}
export interface SessionStore {
    readonly name: string;
    readonly atomic: boolean;
    read(id: string, now: Instant, options?: ReadOptions): Promise<SessionRecord | undefined>;
    create(record: SessionRecord, now: Instant): Promise<boolean>;
    update(record: SessionRecord, expected: Revision, now: Instant): Promise<boolean>;
    touch(id: string, expected: Revision, expiresAt: Instant, now: Instant): Promise<boolean>;
    delete(id: string): Promise<boolean>;
}
export interface SweepableStore extends SessionStore {
    deleteExpired(now: Instant, limit: number): Promise<number>;
    countExpired?(now: Instant): Promise<number>;
}
export type RecordSummary = Pick<SessionRecord, "id" | "createdAt" | "renewedAt" | "expiresAt" | "userId">;
export interface ListableStore extends SessionStore {
    list(cursor: string | undefined, limit: number): Promise<{
        records: RecordSummary[];
        cursor: string | undefined;
    }>;
}
export interface UserIndexedStore extends SessionStore {
    listByUser(userId: string, now: Instant): Promise<RecordSummary[]>;
    deleteByUser(userId: string, exceptId?: string): Promise<number>;
}
export interface MigrateOptions {
    readonly direction?: "up" | "down";
    readonly dryRun?: boolean;
}
export interface Migrated {
    readonly migrations: readonly string[];
    readonly sql?: readonly string[];
}
export interface MigratableStore extends SessionStore {
    migrate(options?: MigrateOptions): Promise<Migrated>;
}

// index.ts
export declare function createSessions<Data extends {
    [K in keyof Data]: JsonSafe<Data[K]>;
} = Record<string, JsonValue>>(options?: SessionsOptions): Sessions<Data>;
export declare function createSessions<Data extends {
    [K in keyof Data]: JsonSafe<Data[K], Rich>;
}, Rich>(options: SessionsOptions & {
    codec: Codec<Rich>;
}): Sessions<Data>;
