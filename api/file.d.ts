// What coatcheck/file exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: ListableStore, SweepableStore

// engines/file.ts
export declare function file(options?: FileOptions): FileStore;

// engines/file/file-store.ts
export interface FileStore extends SweepableStore, ListableStore {
    readonly name: "file";
    readonly atomic: true;
}

// engines/file/options.ts
export interface FileOptions {
    readonly path?: string;
    readonly fsync?: boolean;
}
