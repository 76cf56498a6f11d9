import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../../scripts/bootstrap/paths.mjs";

/** A row of a table that has "Coatcheck" above its second column. */
interface Row {
  /** Its first cell, without backticks. */
  readonly name: string;
  /** The code in its first cell: what was written before. */
  readonly theirs: readonly string[];
  /** The code in its second cell: what is written now. */
  readonly ours: readonly string[];
}

/** A test of a row: one that is named by it, in a file that is named by the page. */
interface RowTest {
  readonly name: string;
  /** Its source, without title and comments. */
  readonly source: string;
}

interface ComparedPage {
  /** The name of the old library, as its file has it. */
  readonly name: string;
  readonly text: string;
  readonly rows: readonly Row[];
  readonly tests: readonly RowTest[];
  /** The code of its ```ts blocks that are not a whole program. */
  readonly blocks: readonly string[];
  /** All test sources of the page. */
  readonly source: string;
}

export const pages: readonly ComparedPage[] = globSync("docs/coming-from/*.md", { cwd: root })
  .sort()
  .map((file) => {
    const name = basename(file, ".md");
    const text = readFileSync(join(root, file), "utf8");
    const sources = globSync(`test/coming-from/${name}*.test.ts`, { cwd: root }).map((path) =>
      readFileSync(join(root, path), "utf8"),
    );
    return {
      name,
      text,
      rows: rowsIn(text),
      tests: sources.flatMap(testsIn),
      blocks: blocksIn(text),
      source: sources.join("\n"),
    };
  });

/** Code as it is compared: how it was broken into lines, by us or by the formatter, is no difference. */
export function squeezed(code: string): string {
  return code
    .replaceAll(/(?<!:)\/\/.*$/gm, "")
    .replaceAll(/\s/g, "")
    .replaceAll(/,(?=[)\]}])/g, "");
}

function rowsIn(text: string): Row[] {
  const tables = text.split(/\n\n+/).filter((block) => /^\|[^|]*\| Coatcheck \|/.test(block));
  return tables.flatMap((table) =>
    table
      .split("\n")
      .slice(2)
      .filter((line) => line.startsWith("|"))
      .map(rowOf),
  );
}

function rowOf(line: string): Row {
  const [, theirs = "", ours = ""] = line.split("|");
  return { name: theirs.replaceAll("`", "").trim(), theirs: codeIn(theirs), ours: codeIn(ours) };
}

function codeIn(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = ""]) => code);
}

function testsIn(source: string): RowTest[] {
  return source.split(/^(?=test[.(])/m).flatMap((text) => {
    const [head = "", , double, single] =
      /^test(?:\.skipIf\([^"']*\))?\(\s*("((?:[^"\\]|\\.)*)"|'([^']*)')/.exec(text) ?? [];
    const name = double?.replaceAll('\\"', '"') ?? single;
    // Without its title: that would say for the test what the test ought to do.
    return name === undefined ? [] : [{ name, source: squeezed(text.slice(head.length)) }];
  });
}

export function blocksIn(text: string): string[] {
  return Array.from(text.matchAll(/(<!-- example: .* -->\n)?```ts\n([^`]*)```/g))
    .filter(([, example]) => example === undefined)
    .map(([, , code = ""]) => code);
}
