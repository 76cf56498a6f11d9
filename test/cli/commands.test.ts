import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { createSessions } from "../../src/index.ts";
import { db } from "../../src/engines/db.ts";
import { Project, sqliteSettings, sweepingWith } from "./project.ts";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

test("--version and --help print and succeed, without settings", async () => {
  const project = new Project({});
  expect(await project.run(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  const help = await project.run(["--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const word of ["migrate", "clearsessions", "secret", "--config", "--json"]) expect(help.stdout).toContain(word);
});

test("secret prints one that the option takes, a new one each time, and nothing else", async () => {
  const project = new Project({});
  const { code, stdout, stderr } = await project.run(["secret"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
  expect(Buffer.from(stdout.trim(), "base64url")).toHaveLength(32);
  const { secret } = (await project.json(["secret"])) as { secret: string };
  expect(secret).not.toBe(stdout.trim());
  expect(() => createSessions({ engine: db(), secrets: [secret] })).not.toThrow();
});

test("migrate makes what the store needs, and doing it again changes nothing", async () => {
  const project = new Project({ "sessions.ts": sqliteSettings });
  expect(await project.run(["migrate"])).toMatchObject({ code: 0, stderr: "" });
  expect(await project.run(["migrate"])).toMatchObject({ code: 0, stdout: "db: the schema is up to date.\n" });
  expect(await project.json(["migrate"])).toMatchObject({ ok: true, engine: "db", direction: "up", migrations: [] });
});

const migrating = (answer: string): string =>
  sweepingWith("return 0;", `async migrate(options) { console.error(JSON.stringify(options)); return ${answer}; },`);

test("migrate says what was applied, --down what was taken back", async () => {
  const project = new Project({ "sessions.js": migrating('{ migrations: ["0001_session", "0002_more"] }') });
  const up = await project.run(["migrate"]);
  expect(up.stdout).toBe("mine: 0001_session, 0002_more applied.\n");
  expect(up.stderr).toBe('{"direction":"up","dryRun":false}\n');
  const down = await project.run(["migrate", "--down"]);
  expect(down.stdout).toBe("mine: 0001_session, 0002_more taken back.\n");
  expect(down.stderr).toBe('{"direction":"down","dryRun":false}\n');
});

test("migrate --sql prints statements that can be piped into the database, and asks for none to be run", async () => {
  const project = new Project({
    "sessions.js": migrating('{ migrations: [], sql: ["create table a (b int);", "drop c"] }'),
  });
  const { code, stdout, stderr } = await project.run(["migrate", "--sql"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "create table a (b int);\ndrop c;\n" });
  expect(stderr).toBe('{"direction":"up","dryRun":true}\n');
  expect(await project.json(["migrate", "--sql"])).toMatchObject({
    dryRun: true,
    sql: ["create table a (b int)", "drop c"],
  });
});

test("a pool that the settings opened and only the app may close does not keep the program alive", async () => {
  const settings = `${sqliteSettings}\nsetInterval(() => {}, 1000);`;
  const project = new Project({ "sessions.ts": settings });
  expect(await project.run(["migrate"])).toMatchObject({ code: 0 });
});
