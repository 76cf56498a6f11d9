import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readDeclarations, type Origin } from "./api/declarations.ts";
import { root } from "./bootstrap/paths.mjs";

export const apiFolder: string = join(root, "api");

const dist = join(root, "dist");

/**
 * What users can import and everything that is reached from there, one text per subpath: what a change does to the API
 * is the diff of these files. What `coatcheck` itself exports is told there and only named elsewhere, so that a change
 * shows once.
 */
export function apiReports(): Map<string, string> {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, string | { types: string }>;
  };
  const entries = Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === "string" ? [] : [{ subpath, file: join(root, target.types) }],
  );
  const core = entries.find(({ subpath }) => subpath === ".");
  const coreExports = new Set(core && [...publicNames(core.file).values()].map(keyOf));

  return new Map(
    entries.map(({ subpath, file }) => {
      const name = subpath === "." ? "index" : subpath.slice(2);
      return [`${name}.d.ts`, report(subpath, file, subpath === "." ? new Set() : coreExports)];
    }),
  );
}

/** Writes them all, and removes those of subpaths that are no more. */
export function writeApiReports(): void {
  rmSync(apiFolder, { recursive: true, force: true });
  mkdirSync(apiFolder);
  for (const [name, text] of apiReports()) writeFileSync(join(apiFolder, name), text);
}

function report(subpath: string, entry: string, told: ReadonlySet<string>): string {
  const exported = publicNames(entry);
  const publicKeys = new Map([...exported].map(([name, origin]) => [keyOf(origin), name]));
  const elsewhere = new Map<string, Set<string>>();
  const reached = new Map<string, Set<string>>();

  const visit = (origin: Origin): void => {
    const { from, name, external } = origin;
    if (external || (told.has(keyOf(origin)) && !publicKeys.has(keyOf(origin)))) {
      add(elsewhere, external ? from : "coatcheck", name);
      return;
    }
    if (reached.get(from)?.has(name)) return;
    add(reached, from, name);
    const { declarations, imports } = readDeclarations(from);
    for (const [word] of (declarations.get(name) ?? "").matchAll(/[A-Za-z_$][\w$]*/g)) {
      const imported = imports.get(word);
      if (imported !== undefined) visit(resolve(imported));
      else if (declarations.has(word)) visit({ from, name: word, external: false });
    }
  };
  for (const origin of exported.values()) visit(origin);

  const title = subpath === "." ? "coatcheck" : `coatcheck/${subpath.slice(2)}`;
  const lines = [
    `// What ${title} exports, and what that reaches (without "export"). Written by: npm run api`,
    ...sorted(elsewhere).map(([from, names]) => `// From ${from}: ${[...names].sort().join(", ")}`),
  ];
  for (const [file, names] of sorted(reached)) {
    lines.push("", `// ${relative(dist, file).replace(/\.d\.ts$/, ".ts")}`);
    for (const [name, text] of readDeclarations(file).declarations) {
      if (!names.has(name)) continue;
      const publicName = publicKeys.get(keyOf({ from: file, name, external: false }));
      lines.push(publicName === undefined ? text : text.replace(/^/gm, (start, at) => exportAt(text, at) ?? start));
      if (publicName !== undefined && publicName !== name) lines.push(`export { ${name} as ${publicName} };`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Overloads are several statements, each exported: each begins at the start of a line, with a letter. */
function exportAt(text: string, at: number): string | undefined {
  return /[a-z]/.test(text[at] ?? "") ? "export " : undefined;
}

function publicNames(entry: string): Map<string, Origin> {
  return new Map([...readDeclarations(entry).exports].map(([name, origin]) => [name, resolve(origin)]));
}

/** Through imports and re-exports, to the declaration. */
function resolve(origin: Origin): Origin {
  if (origin.external || origin.name === "*") return origin;
  const { declarations, imports, exports } = readDeclarations(origin.from);
  if (declarations.has(origin.name)) return origin;
  // `import type { X } from …; export type { X };` exports its own import.
  const exported = exports.get(origin.name);
  const next = exported === undefined || keyOf(exported) === keyOf(origin) ? imports.get(origin.name) : exported;
  if (next === undefined || keyOf(next) === keyOf(origin)) {
    throw new Error(`Expected ${origin.name} in ${origin.from}. Found no such declaration.`);
  }
  return resolve(next);
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function keyOf({ from, name }: Origin): string {
  return `${from} ${name}`;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}
