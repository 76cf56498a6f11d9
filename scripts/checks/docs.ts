// A table that lags behind the code is worse than none: people configure by it. Compares docs with what src says.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "../bootstrap/paths.mjs";

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const problems = [...options(), ...errors(), ...events(), ...commands(), ...testing(), ...unlinked(), ...links()];
for (const problem of problems) console.error(`docs: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Every option of every options interface has a row, with its `@default`, in docs/settings.md. */
function* options(): Generator<string> {
  const docs = read("docs/settings.md");
  const interfaces: [string, string, string][] = [
    ["src/core/options.ts", "SessionsOptions", "## Sessions"],
    ["src/core/options.ts", "CookieOptions", "## `cookie`"],
    ["src/core/json.ts", "DataLimits", "## `limits`"],
    ["src/engines/cache/options.ts", "CacheOptions", "### `cache`"],
    ["src/engines/cached-db/options.ts", "CachedDbOptions", "### `cachedDb`"],
    ["src/engines/db/options.ts", "DbOptions", "### `db`"],
    ["src/engines/express-store/options.ts", "ExpressStoreOptions", "### `expressStore`"],
    ["src/engines/memcached/options.ts", "MemcachedOptions", "### `memcached`"],
    ["src/engines/file/options.ts", "FileOptions", "### `file`"],
    ["src/engines/memory.ts", "MemoryOptions", "### `memory`"],
    ["src/engines/migrating.ts", "MigratingOptions", "### `migrating`"],
    ["src/engines/signed-cookies.ts", "SignedCookiesOptions", "### `signedCookies`"],
    ["src/engines/redis/options.ts", "RedisOptions", "### `redis`"],
    ["src/codecs/compressed.ts", "CompressedOptions", "### `compressed`"],
    ["src/codecs/encrypted.ts", "EncryptedOptions", "### `encrypted`"],
    ["src/http/adapters/websocket.ts", "WebSocketAdapterOptions", "## WebSockets"],
  ];
  const known = new Set<string>();
  for (const [file, name, heading] of interfaces) {
    const body = new RegExp(`export interface ${name}(?:<[^>]*>)? \\{\\n(.*?)\\n\\}`, "s").exec(read(file))?.[1] ?? "";
    const section = docs.split(/^(?=###? )/m).find((text) => text.startsWith(heading)) ?? "";
    const fields = [...body.matchAll(/\/\*\*(?<doc>.*?)\*\/\s*(?:readonly )?(?<field>\w+)\??:/gs)];
    if (fields.length === 0) yield `expected ${name} with documented fields in ${file}, found none`;
    for (const { groups } of fields) {
      const { doc = "", field = "" } = groups ?? {};
      known.add(field);
      const row = section.split("\n").find((line) => line.startsWith(`| \`${field}\` |`));
      const value = /@default (\{|[^\s,:(]+)/.exec(doc)?.[1];
      if (row === undefined) yield `expected a row for \`${field}\` under "${heading}" in docs/settings.md, found none`;
      else if (value !== undefined && value !== "{" && !row.split("|")[2]?.includes(value)) {
        yield `expected the default ${value} of \`${field}\` (${file}) in docs/settings.md, found${row.split("|")[2]}`;
      }
    }
  }
  for (const [, option = ""] of docs.matchAll(/^\| `(\w+)` \|/gm)) {
    if (!known.has(option)) yield `expected the option \`${option}\` of docs/settings.md in src, found none`;
  }
}

/** Every error code has a row with its class and status in docs/errors.md. */
function* errors(): Generator<string> {
  const docs = read("docs/errors.md");
  const classes = [...read("src/core/errors.ts").matchAll(/class (\w+) extends SessionError \{(.*?)\n\}/gs)];
  if (classes.length === 0) yield "expected error classes in src/core/errors.ts, found none";
  for (const [, name, body = ""] of classes) {
    const code = /code = "(\w+)"/.exec(body)?.[1];
    const status = /status = (\d+)/.exec(body)?.[1] ?? "500";
    if (!docs.includes(`| \`${code}\` | \`${name}\` | ${status} |`)) {
      yield `expected the row "| \`${code}\` | \`${name}\` | ${status} |" in docs/errors.md, found none`;
    }
  }
}

function* events(): Generator<string> {
  const docs = read("docs/errors.md");
  const body = /export interface SessionEvents \{\n(.*?)\n\}/s.exec(read("src/core/events.ts"))?.[1] ?? "";
  const names = Array.from(body.matchAll(/^ {2}(\w+): /gm), ([, name]) => name);
  if (names.length === 0) yield "expected events in src/core/events.ts, found none";
  for (const event of names) {
    if (!docs.includes(`| \`${event}\` |`))
      yield `expected a row for the event \`${event}\` in docs/errors.md, found none`;
  }
}

/** Every flag and every exit code of the command line has a row in docs/commands.md, and no row is of the past. */
function* commands(): Generator<string> {
  const docs = read("docs/commands.md");
  const described = Array.from(docs.matchAll(/^\| `(--[\w-]+(?: <\w+>)?)` \|/gm), ([, flag]) => flag);
  const program = read("src/cli/program.ts");
  const flags = Array.from(program.matchAll(/"(?:-\w, )?(--[\w-]+(?: <\w+>)?)"/g), ([, flag]) => flag);
  if (flags.length === 0) yield "expected flags in src/cli/program.ts, found none";
  for (const flag of flags) {
    if (!described.includes(flag)) yield `expected a row for \`${flag}\` in docs/commands.md, found none`;
  }
  for (const flag of described) {
    if (!flags.includes(flag)) yield `expected the flag \`${flag}\` of docs/commands.md in src/cli, found none`;
  }
  for (const [, name, code] of read("src/cli/exit.ts").matchAll(/^ {2}(\w+): (\d+),/gm)) {
    if (!docs.includes(`\n| ${code} |`))
      yield `expected a row for exit code ${code} (${name}) in docs/commands.md, found none`;
  }
  for (const [, name = ""] of read("src/cli/find-config.ts").matchAll(/^ {2}"([\w./]+)",$/gm)) {
    if (!docs.includes(`\`${name}\``)) yield `expected \`${name}\` in docs/commands.md, found nothing`;
  }
}

/** A store's author has docs/testing.md, an app's docs/testing-apps.md: every function of `coatcheck/testing` is in one of them. */
function* testing(): Generator<string> {
  const pages = ["docs/testing.md", "docs/testing-apps.md"];
  const docs = pages.map(read).join("\n");
  for (const [, names = ""] of read("src/testing.ts").matchAll(/^export \{([^}]*)\}/gm)) {
    for (const [name] of names.matchAll(/\w+/g)) {
      if (!new RegExp(`\`${name}\\b`).test(docs)) yield `expected \`${name}\` in ${pages.join(" or ")}, found nothing`;
    }
  }
}

/** The README leads to every page: one that nothing leads to is read by nobody. */
function* unlinked(): Generator<string> {
  const readme = read("README.md");
  for (const page of globSync(["docs/*.md", "docs/frameworks/*.md"], { cwd: root })) {
    if (!readme.includes(`](${page})`)) yield `expected a link to ${page} in README.md, found none`;
  }
}

/** Every relative link in a document leads to something. */
function* links(): Generator<string> {
  const tracked = new Set(globSync("**/*", { cwd: root, exclude: ["node_modules", ".cache", "dist", ".git"] }));
  for (const file of globSync(["*.md", "docs/**/*.md", "decisions/*.md"], { cwd: root })) {
    for (const [, target = ""] of read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      if (!tracked.has(normalize(join(dirname(file), target))))
        yield `expected ${target}, linked in ${file}, found no such file`;
    }
  }
}
