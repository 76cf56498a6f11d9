// What coatcheck/memory exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: ListableStore, SessionStore, SweepableStore, UserIndexedStore

// engines/memory.ts
export interface MemoryOptions {
    max?: number;
}
export interface MemoryStore extends SessionStore, SweepableStore, ListableStore, UserIndexedStore {
}
export declare function memory(options?: MemoryOptions): MemoryStore;
