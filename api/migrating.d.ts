// What coatcheck/migrating exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: EngineFactory, ListableStore, MigratableStore, SessionStore, SweepableStore, UserIndexedStore

// engines/migrating.ts
export interface MigratingOptions<From, To> {
    from: From;
    to: To;
}
export type MigratingStore = SessionStore & Powers;
export declare function migrating(options: MigratingOptions<SessionStore, SessionStore>): MigratingStore;
export declare function migrating(options: MigratingOptions<SessionStore | EngineFactory, SessionStore | EngineFactory>): EngineFactory;

// engines/migrating/powers.ts
type Powers = Partial<Omit<SweepableStore & ListableStore & UserIndexedStore & MigratableStore & AsyncDisposable, keyof SessionStore>>;
