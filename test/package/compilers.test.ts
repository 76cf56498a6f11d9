import { copyFileSync, cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { packedFolder, typeErrors } from "./packed.ts";

const { exports, dependencies } = (await import("../../package.json", { with: { type: "json" } })).default;
const kit = process.env["COATCHECK_TEST_TYPESCRIPT"] ?? "";

interface Compiler {
  readonly name: string;
  readonly folder: string;
  /** Type tests that ask more of it than it can. */
  readonly lacks?: readonly string[];
}

const compilers: readonly Compiler[] = [
  {
    name: "TypeScript 5.7",
    folder: join(kit, "node_modules/typescript-5.7"),
    // It leaves Express's type parameters open in a handler that another function is given.
    lacks: ["express-async.ts"],
  },
  { name: "the newest TypeScript 5", folder: join(kit, "node_modules/typescript-5.9") },
  { name: "TypeScript 6", folder: join(kit, "node_modules/typescript-6.0") },
  { name: "TypeScript 7", folder: join(root, "node_modules/typescript") },
];

const subpaths = Object.keys(exports).filter((subpath) => subpath !== "./package.json");
/** By name, and each one used: an import that nobody uses is left out. */
const importing = (paths: readonly string[]): string => {
  const lines = paths.map((subpath, i) => `import * as entry${i} from "coatcheck${subpath.slice(1)}";`);
  return [...lines, `export const entries: object[] = [${paths.map((_, i) => `entry${i}`).join(", ")}];`].join("\n");
};

// For Nest; without a decorator in it, a file means the same.
const decorators = { experimentalDecorators: true, emitDecoratorMetadata: true };
const nodenext = { module: "nodenext", ...decorators };
const bundler = { module: "esnext", moduleResolution: "bundler", ...decorators };
const exact = { exactOptionalPropertyTypes: true };
const withDom = { lib: ["ES2022", "DOM", "DOM.Iterable"] };
const withoutDom = { lib: ["ES2022"] };
const entries = "entries.ts";
/** Alone, since the types of its database library declare for the whole program what ours have to bring themselves. */
const databases = "databases.ts";

describe.skipIf(kit === "")("with the declarations of the packed tarball", { timeout: 120_000 }, () => {
  let full = "";
  /** What `npm install coatcheck hono` brings, and no `@types/node`. */
  let bare = "";
  /** The type tests, and an app on every framework. */
  const uses = [
    ...globSync("test/types/*.ts", { cwd: root }).map((file) => ({ file, name: basename(file) })),
    ...globSync("examples/*/app.ts", { cwd: root }).map((file) => ({
      file,
      name: `${basename(dirname(file))}-app.ts`,
    })),
  ];

  beforeAll(() => {
    full = packedFolder();
    bare = mkdtempSync(join(tmpdir(), "coatcheck-bare-"));
    for (const { file, name } of uses) copyFileSync(join(root, file), join(full, name));
    writeFileSync(join(full, entries), importing(subpaths));
    mkdirSync(join(bare, "node_modules"));
    for (const name of ["coatcheck", "hono", ...Object.keys(dependencies)]) {
      cpSync(join(full, "node_modules", name), join(bare, "node_modules", name), {
        recursive: true,
        dereference: true,
      });
    }
    writeFileSync(join(bare, "package.json"), JSON.stringify({ type: "module" }));
    // The handlers of coatcheck/node get what Node's own servers make.
    writeFileSync(join(bare, entries), importing(subpaths.filter((subpath) => !["./node", "./db"].includes(subpath))));
    writeFileSync(join(bare, databases), importing(["./db"]));
  }, 120_000);
  afterAll(() => {
    for (const folder of [full, bare]) rmSync(folder, { recursive: true, force: true });
  });

  describe.each(compilers)("$name", ({ folder, lacks = [] }) => {
    const used = uses.map(({ name }) => name).filter((name) => !lacks.includes(name));

    test.each([
      ["module nodenext, exact optional properties, without the DOM", { ...nodenext, ...exact, ...withoutDom }],
      ["module resolution bundler, beside the DOM", { ...bundler, ...withDom }],
    ])("every entry point and every use: %s", (_, compilerOptions) => {
      expect(used).toEqual(expect.arrayContaining(["sessions.ts", "hono-app.ts"]));
      expect(typeErrors(full, [entries, ...used], { compiler: folder, compilerOptions })).toEqual([]);
    });

    test("every entry point but coatcheck/node, without @types/node", () => {
      const compilerOptions = { ...bundler, ...exact, ...withDom, types: [] };
      for (const file of [entries, databases]) {
        expect(typeErrors(bare, [file], { compiler: folder, compilerOptions })).toEqual([]);
      }
    });
  });
});
