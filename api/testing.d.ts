// What coatcheck/testing exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Codec, Instant, ListableStore, Session, SessionRecord, SessionStore, Sessions, SweepableStore, UserIndexedStore

// engines/memory.ts
interface MemoryStore extends SessionStore, SweepableStore, ListableStore, UserIndexedStore {
}

// testing/fake-clock.ts
export declare const START: Instant;
export interface Span {
    readonly days?: number;
    readonly hours?: number;
    readonly minutes?: number;
    readonly seconds?: number;
    readonly milliseconds?: number;
}
export interface FakeClock {
    (): Instant;
    readonly now: Instant;
    advance(by: number | Span): Instant;
    set(instant: Instant | Date): void;
}
export declare function fakeClock(start?: Instant | Date): FakeClock;

// testing/faulty-store.ts
declare const verbs: readonly ["read", "create", "update", "touch", "delete", "deleteExpired", "countExpired", "list", "listByUser", "deleteByUser"];
export type StoreVerb = (typeof verbs)[number];
export interface StoreCall {
    readonly verb: StoreVerb;
    readonly index: number;
    readonly nth: number;
    readonly args: readonly unknown[];
}
export type Intercept = (call: StoreCall, proceed: () => Promise<unknown>) => unknown;
export declare function faultyStore<S extends SessionStore>(store: S, intercept: Intercept): S;
export declare function fails(verb: StoreVerb, nth?: number, error?: Error): Intercept;
export declare function neverAnswers(verb: StoreVerb, nth?: number): Intercept;
export declare function losesReply(verb: StoreVerb, nth?: number, error?: Error): Intercept;
export declare function startsLate(verb: StoreVerb, pause: Barrier, nth?: number): Intercept;
export declare function answersLate(verb: StoreVerb, pause: Barrier, nth?: number): Intercept;
export interface OperationLog extends Intercept {
    readonly verbs: StoreVerb[];
}
export declare function operationLog(): OperationLog;
export interface Barrier {
    readonly gate: Promise<void>;
    arrive(): Promise<void>;
    arrived(count?: number): Promise<void>;
    release(): void;
}
export declare function barrier(): Barrier;

// testing/interleavings.ts
export interface InterleavingOptions {
    randomRuns?: number;
    seed?: number;
    everyThree?: boolean;
    codec?: Codec;
}
export declare function interleavingSuite({ describe, test }: SuiteRunner, name: string, makeStore: MakeStore, { randomRuns, seed, everyThree, codec }?: InterleavingOptions): Promise<void>;

// testing/store-suite.ts
export type MakeStore = () => SessionStore | Promise<SessionStore>;
type Register = (name: string, body: () => Promise<void>) => unknown;
export interface SuiteRunner {
    describe(name: string, body: () => void): unknown;
    test: Register & {
        skip?: Register;
    };
}
export interface StoreSuiteOptions {
    exempt?: readonly {
        readonly reason: string;
        readonly cases: readonly string[];
    }[];
    makeBrokenStore?: MakeStore;
}
export declare const storeCases: readonly StoreCase[];
export declare function storeSuite({ describe, test }: SuiteRunner, name: string, makeStore: MakeStore, options?: StoreSuiteOptions): Promise<void>;
export declare function runStoreCase(storeCase: StoreCase, makeStore: MakeStore): Promise<void>;

// testing/store-suite/case.ts
export type StorePower = "sweepable" | "countable" | "listable" | "user-indexed";
export interface StoreCase {
    readonly name: string;
    readonly power?: StorePower;
    readonly atomic?: true;
    readonly broken?: true;
    run(store: SessionStore, context: StoreCaseContext): Promise<void>;
}
export interface StoreCaseContext {
    readonly now: Instant;
    record(fields?: Partial<SessionRecord>): SessionRecord;
    revise(record: SessionRecord, fields?: Partial<SessionRecord>): SessionRecord;
}
export declare function caseContext(now?: Instant): StoreCaseContext;

// testing/test-session.ts
export interface TestSessionOptions {
    userId?: string;
    expiry?: number | Date | null;
}
export interface TestSession<D> {
    readonly cookie: string;
    readonly headers: {
        cookie: string;
    };
    readonly id: string;
    readonly token: string;
    readonly session: Session<D>;
    browserCookie(url: string | URL): BrowserCookie;
}
export interface BrowserCookie {
    name: string;
    value: string;
    domain: string;
    path: string;
    secure: boolean;
    httpOnly: boolean;
    sameSite: "Lax" | "Strict" | "None";
}
export interface TestResponse {
    readonly headers: {
        getSetCookie(): string[];
    } | {
        readonly "set-cookie"?: string | readonly string[] | undefined;
    };
}
export declare function createTestSession<D>(sessions: Sessions<D>, data?: NoInfer<Partial<D>>, options?: TestSessionOptions): Promise<TestSession<D>>;
export declare function openTestSession<D>(sessions: Sessions<D>, response: TestResponse): Promise<TestSession<D>>;

// testing/test-store.ts
export interface TestStore extends MemoryStore {
    readonly operations: StoreVerb[];
}
export declare function testStore(): TestStore;
