// A subpath that points nowhere is found by the first user who imports it; a file without a subpath, by nobody.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../bootstrap/paths.mjs";

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | { types?: string; default?: string }>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
const barrels = ["src/index.ts", "src/testing.ts"];

const docs = globSync(["README.md", "docs/**/*.md"], { cwd: root }).map((file) => ({
  file,
  text: readFileSync(join(root, file), "utf8"),
}));

const problems = [
  ...exportsWithoutSource(),
  ...sourcesWithoutExport(),
  ...otherBarrels(),
  ...programsWithoutSource(),
  ...subpathsWithoutDocs(),
  ...docsWithoutSubpath(),
  ...dependenciesWithoutReason(),
];
for (const problem of problems) console.error(`package surface: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function* exportsWithoutSource(): Generator<string> {
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (subpath === "./package.json") continue;
    const source = sourceOf(subpath);
    if (source === undefined) {
      yield `expected "${subpath}" to point at dist/x.js and dist/x.d.ts, found ${JSON.stringify(target)}`;
    } else if (!existsSync(join(root, source))) {
      yield `expected ${source} for the subpath "${subpath}", found no such file`;
    } else if (subpath !== expectedSubpath(source)) {
      yield `expected the subpath of ${source} to be "${expectedSubpath(source)}", found "${subpath}"`;
    }
  }
}

/** Engines, codecs and adapters are public by being there: one file, one subpath. */
function* sourcesWithoutExport(): Generator<string> {
  for (const file of globSync(["src/engines/*.ts", "src/codecs/*.ts", "src/http/adapters/*.ts"], { cwd: root })) {
    if (!(expectedSubpath(file) in manifest.exports)) {
      yield `expected "${expectedSubpath(file)}" in the exports of package.json for ${file}, found none`;
    }
  }
}

/** Named types may be handed on: a subpath has to name the types its own functions use. */
function* otherBarrels(): Generator<string> {
  for (const file of globSync("src/**/*.ts", { cwd: root })) {
    if (barrels.includes(file)) continue;
    if (/^export\s+((type\s+)?\*|\{[^}]*\})[^;]*\sfrom\s/m.test(readFileSync(join(root, file), "utf8"))) {
      yield `expected re-exports only in ${barrels.join(" and ")}, found one in ${file}`;
    }
  }
}

/** npm links a program as it is: without the first line a shell would run it. */
function* programsWithoutSource(): Generator<string> {
  for (const [name, target] of Object.entries(manifest.bin)) {
    const source = join(root, target.replace(/^\.\/dist\/(.+)\.js$/, "src/$1.ts"));
    if (!existsSync(source)) yield `expected ${source} for the program "${name}", found no such file`;
    else if (!readFileSync(source, "utf8").startsWith("#!/usr/bin/env node\n")) {
      yield `expected ${source} to begin with #!/usr/bin/env node, since it is the program "${name}"`;
    }
  }
}

function* subpathsWithoutDocs(): Generator<string> {
  const all = docs.map(({ text }) => text).join("\n");
  for (const subpath of Object.keys(manifest.exports)) {
    if (subpath === "./package.json") continue;
    const name = `coatcheck${subpath.slice(1)}`;
    if (!all.includes(`"${name}"`) && !all.includes(`\`${name}\``)) {
      yield `expected "${name}" in README.md or docs/, found nothing`;
    }
  }
}

function* docsWithoutSubpath(): Generator<string> {
  for (const { file, text } of docs) {
    for (const [, subpath = ""] of text.matchAll(/["`]coatcheck(\/[a-z][a-z-]*)["`]/g)) {
      if (!(`.${subpath}` in manifest.exports))
        yield `expected "coatcheck${subpath}", named in ${file}, in the exports of package.json, found none`;
    }
  }
}

function* dependenciesWithoutReason(): Generator<string> {
  const records = globSync("decisions/*.md", { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"));
  const text = records.join("\n");
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (!text.includes(`\`${name}\``)) yield `expected \`${name}\` and its reason in decisions/, found nothing`;
  }
}

/** `dist/engines/db.js` is `src/engines/db.ts`. */
function sourceOf(subpath: string): string | undefined {
  const target = manifest.exports[subpath];
  if (typeof target !== "object") return undefined;
  const stem = /^\.\/dist\/(.+)\.js$/.exec(target.default ?? "")?.[1];
  return stem !== undefined && target.types === `./dist/${stem}.d.ts` ? `src/${stem}.ts` : undefined;
}

function expectedSubpath(source: string): string {
  const stem = source.replace(/^src\/(engines\/|codecs\/|http\/adapters\/)?/, "").replace(/\.ts$/, "");
  return stem === "index" ? "." : `./${stem}`;
}
