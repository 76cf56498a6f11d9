import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { walk } from "../http/walk-example.ts";
import { packedFolder, typeErrors } from "./packed.ts";
import { kit, type Program, runtimes, withRuntime } from "./runtime-programs.ts";

const redisUrl = process.env["COATCHECK_TEST_REDIS_URL"];

/** The rows of the page, and what their engine is given. */
const engines: Record<string, { engine: string; url?: string | undefined }> = {
  "`memory`": { engine: "memory", url: "" },
  "`signedCookies`": { engine: "signedCookies", url: "" },
  "`cache`": { engine: "cache", url: "" },
  "`db`, an SQLite file": { engine: "the default", url: "" },
  "`db`, PostgreSQL": { engine: "db", url: process.env["COATCHECK_TEST_POSTGRES_URL"] },
  "`db`, MySQL": { engine: "db", url: process.env["COATCHECK_TEST_MARIADB_URL"] },
  "`file`": { engine: "file", url: "" },
  "`redis`": { engine: "redis", url: redisUrl },
  "`memcached`": { engine: "memcached", url: process.env["COATCHECK_TEST_MEMCACHED_URL"] },
};

/** What is said where the page says no. */
const refusals: Record<string, RegExp> = {
  "`db`, an SQLite file": /StoreUnavailable: The db engine keeps its SQLite file with node:sqlite, which this runtime/,
  "`file`": /InvalidOption: file\(\{ path \}\): expected a folder/,
  "`memcached`": /StoreUnavailable: The memcached engine cannot run here: its client memcache-client compiles code/,
};

const clients = ["pg", "mysql2", "better-sqlite3", "redis", "memcache-client", "devalue"];

const page = readFileSync(join(root, "docs/runtimes.md"), "utf8");
const [[, ...columns] = [], , ...rows] = Array.from(page.matchAll(/^\| (.*) \|$|^\|[-|]+\|$/gm), ([, row = ""]) =>
  row.split(" | "),
);
const cells = rows.flatMap(([row = "", ...found]) =>
  columns.map((runtime, i) => ({ row, runtime, cell: found[i] ?? "" })),
);

let folder = "";
beforeAll(() => {
  if (kit === "") return;
  folder = packedFolder();
  cpSync(join(import.meta.dirname, "runtimes"), join(folder, "runtimes"), { recursive: true });
});
afterAll(() => {
  if (kit !== "") rmSync(folder, { recursive: true });
});

test("the page has a row for each engine, and a column for each runtime", () => {
  expect(columns).toEqual(Object.keys(runtimes));
  expect(rows.map(([row]) => row)).toEqual(Object.keys(engines));
});

const programOf = (row: string, cell: string): Program => ({
  folder,
  cwd: mkdtempSync(join(folder, "run-")),
  engine: `${engines[row]?.engine}${cell.includes("disableEval") ? " with disableEval" : ""}`,
  url: engines[row]?.url ?? "",
  permissions: cell.match(/--[^ `]+/g) ?? [],
  perRequest: cell.startsWith("per request"),
});

const runs = (row: string): boolean => kit !== "" && engines[row]?.url !== undefined;

describe.each(cells.filter(({ cell }) => cell !== "no"))("docs/runtimes: $row on $runtime: $cell", (found) => {
  const { row, runtime, cell } = found;
  test.runIf(runs(row))("keeps sessions, and loses nothing", async () => {
    await withRuntime(runtime, programOf(row, cell), async (base) => {
      for (const app of [`${base}/hono`, `${base}/fetch`]) {
        await walk(app);
        if (row !== "`signedCookies`") await assertNothingLost(app);
      }
    });
    expect.hasAssertions();
  });
});

describe.each(cells.filter(({ cell }) => cell === "no"))("docs/runtimes: $row on $runtime: no", ({ row, runtime }) => {
  test.runIf(runs(row))("says so itself", async () => {
    expect(await firstWords(runtime, programOf(row, ""))).toMatch(refusals[row] ?? /$^/);
  });
});

// A connection, on Workers, is of the request that made it: hence "per request".
test.runIf(kit !== "" && redisUrl !== undefined)(
  "a Worker whose requests share a connection is told so, and the next one makes its own",
  async () => {
    await withRuntime("Workers", programOf("`redis`", ""), async (base) => {
      const answers: string[] = [];
      for (const _ of ["first", "second", "third"]) answers.push(await (await fetch(`${base}/fetch/`)).text());
      expect(answers).toEqual([
        "Visit 1, in the light theme",
        expect.stringMatching(/^StoreUnavailable: The redis engine cannot use/),
        "Visit 1, in the light theme",
      ]);
    });
  },
);

describe("docs/runtimes: its Worker, copied from the page", () => {
  beforeAll(() => {
    const [, code = ""] = /```ts\n(\/\/ worker\.ts\n.*?)```/s.exec(page) ?? [];
    if (kit !== "") writeFileSync(join(folder, "worker.ts"), code);
  });

  test.runIf(kit !== "")("type-checks", () => {
    expect(typeErrors(folder, ["worker.ts"])).toEqual([]);
  });

  test.runIf(kit !== "" && redisUrl !== undefined)("does what it says", async () => {
    await withRuntime("Workers", { ...programOf("`redis`", ""), worker: "worker.ts" }, async (base) => {
      const first = await fetch(base);
      expect(await first.text()).toBe("Visit 1");
      const cookie = first.headers.getSetCookie().join().replace(/;.*/s, "");
      for (const visit of [2, 3]) {
        expect(await (await fetch(base, { headers: { cookie } })).text()).toBe(`Visit ${visit}`);
      }
    });
  });
});

// The last one of this file: it takes the packages out of the folder.
describe("a Worker without the packages of clients", () => {
  beforeAll(() => {
    if (kit === "") return;
    for (const name of clients) rmSync(join(folder, "node_modules", name), { force: true });
  });

  test.runIf(kit !== "")("is bundled all the same, and keeps sessions", async () => {
    await withRuntime("Workers", programOf("`memory`", ""), (base) => walk(`${base}/hono`));
    expect.hasAssertions();
  });

  test.runIf(kit !== "").each([
    ["db", "postgres://127.0.0.1:1/x", "npm install pg"],
    ["db", "mysql://127.0.0.1:1/x", "npm install mysql2"],
    ["redis", "redis://127.0.0.1:1", "npm install redis"],
    ["memcached", "memcached://127.0.0.1:1", "npm install memcache-client tslib"],
  ])("that asks for one is told its name: %s(%j)", async (engine, url, command) => {
    expect(await firstWords("Workers", { ...programOf("`memory`", ""), engine, url })).toMatch(
      new RegExp(`^503 StoreUnavailable: .* Run: ${command}$`),
    );
  });
});

/** What the first visitor is told, or whoever started the app. */
async function firstWords(runtime: string, program: Program): Promise<string> {
  let said = "";
  try {
    await withRuntime(runtime, program, async (base) => {
      const response = await fetch(`${base}/fetch/`);
      said = `${response.status} ${await response.text()}`;
    });
  } catch (error) {
    said = String(error);
  }
  return said;
}

/** Twenty requests that have all loaded the session before one of them writes: a key of its own each, and one more to count. */
async function assertNothingLost(app: string): Promise<void> {
  const write = (own: number, of: number, cookie = ""): Promise<Response> =>
    fetch(`${app}/write`, { method: "POST", headers: { cookie }, body: new URLSearchParams(`own=${own}&of=${of}`) });
  const first = await write(0, 1);
  const cookie = first.headers.getSetCookie().join().replace(/;.*/s, "");
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => write(i + 1, 20, cookie)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const data: unknown = await (await fetch(`${app}/data`, { headers: { cookie } })).json();
  const keys = Array.from({ length: 21 }, (_, i) => [`own${i}`, 1] as const);
  expect(data).toEqual({ visits: 21, ...Object.fromEntries(keys) });
}
