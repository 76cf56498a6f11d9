import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What one emitted declaration file says, statement by statement. */
export interface DeclarationFile {
  /** Text of each top-level declaration, by name; overloads one below the other. In the order of the file. */
  readonly declarations: ReadonlyMap<string, string>;
  /** Local name → where it comes from. */
  readonly imports: ReadonlyMap<string, Origin>;
  /** Exported name → where it comes from; a declaration of its own points at this file. */
  readonly exports: ReadonlyMap<string, Origin>;
}

export interface Origin {
  /** A declaration file of ours, or a package. */
  readonly from: string;
  readonly name: string;
  readonly external: boolean;
}

const files = new Map<string, DeclarationFile>();

/**
 * TypeScript 7 has no compiler API, and needs none for this: what it emits is regular. Each top-level statement begins at
 * the start of a line, and everything inside one is indented.
 */
export function readDeclarations(file: string): DeclarationFile {
  const known = files.get(file);
  if (known !== undefined) return known;

  const declarations = new Map<string, string>();
  const imports = new Map<string, Origin>();
  const exports = new Map<string, Origin>();
  for (const statement of statementsOf(readFileSync(file, "utf8"))) {
    const listed = /^(import|export)\s+(?:type\s+)?\{([^}]*)\}(?:\s+from\s+"([^"]+)")?;/.exec(statement);
    const whole = /^import\s+(?:type\s+)?(?:\*\s+as\s+)?(\w+)\s+from\s+"([^"]+)";/.exec(statement);
    const declared =
      /^(export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:interface|type|class|function|const|let|enum|namespace)\s+(\w+)/.exec(
        statement,
      );
    if (listed) {
      const [, kind, names = "", from] = listed;
      for (const [name, local] of namesIn(names)) {
        if (kind === "import") imports.set(local, origin(file, from, name));
        else exports.set(local, from === undefined ? { from: file, name, external: false } : origin(file, from, name));
      }
    } else if (whole) {
      const [, local = "", from] = whole;
      imports.set(local, origin(file, from, "*"));
    } else if (declared) {
      const [, exported, name = ""] = declared;
      const text = statement.replace(/^export\s+/, "");
      declarations.set(name, [declarations.get(name), text].filter(Boolean).join("\n"));
      if (exported) exports.set(name, { from: file, name, external: false });
    } else {
      throw new Error(`Expected a declaration, an import or an export in ${file}. Found: ${statement.slice(0, 100)}`);
    }
  }
  const read = { declarations, imports, exports };
  files.set(file, read);
  return read;
}

/** Comments are reviewed where they are written; here each of their commas would ask for a new report. */
function statementsOf(text: string): string[] {
  const bare = text
    .replace(/\/\*\*?[^]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/^\s*\n/gm, "");
  return bare
    .split(/\n(?=[a-z])/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "" && statement !== "export {};");
}

function* namesIn(list: string): Generator<[name: string, local: string]> {
  for (const item of list.split(",")) {
    const [name = "", local = name] = item.trim().replace(/^type\s+/, "").split(/\s+as\s+/);
    if (name !== "") yield [name, local];
  }
}

function origin(file: string, from: string = "", name: string): Origin {
  if (!from.startsWith(".")) return { from, name, external: true };
  return { from: join(dirname(file), from.replace(/\.[jt]s$/, ".d.ts")), name, external: false };
}
