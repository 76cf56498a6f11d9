import { cpSync, existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { Project, sqliteSettings } from "./project.ts";

const javascript = sqliteSettings.replace("interface Data { visits: number }", "").replace("<Data>", "");
const commonJs = javascript
  .replace(/import (.*?) from (.*?);/g, "const $1 = require($2);")
  .replace("export default", "module.exports =");

/** Which file `migrate` used, or what it said instead. */
async function used(project: Project, args: string[] = [], cwd = "."): Promise<string> {
  const { stdout, stderr } = await project.run(["migrate", "--json", ...args], { cwd });
  const { ok, config } = JSON.parse(stdout) as { ok: boolean; config?: string };
  return ok && config !== undefined ? config.slice(project.folder.length + 1) : stderr;
}

describe("the settings are found", () => {
  test.each(["coatcheck.config.ts", "sessions.ts", "src/sessions.ts"])("as %s, types and all", async (name) => {
    expect(await used(new Project({ [name]: sqliteSettings }))).toBe(name);
  });

  test.each(["coatcheck.config.js", "sessions.js", "sessions.mjs", "src/sessions.js"])("as %s", async (name) => {
    expect(await used(new Project({ [name]: javascript }))).toBe(name);
  });

  test("the most particular name first", async () => {
    const project = new Project({ "src/sessions.ts": sqliteSettings, "sessions.js": javascript });
    expect(await used(project)).toBe("sessions.js");
    project.write({ "coatcheck.config.ts": sqliteSettings });
    expect(await used(project)).toBe("coatcheck.config.ts");
  });

  test("from a folder below, and paths in them mean what they mean for the app", async () => {
    const project = new Project({ "sessions.ts": sqliteSettings, "src/routes/shop.ts": "" });
    expect(await used(project, [], "src/routes")).toBe("sessions.ts");
    expect(existsSync(join(project.folder, "sessions.sqlite"))).toBe(true);
    expect(existsSync(join(project.folder, "src/routes/sessions.sqlite"))).toBe(false);
  });

  test("beside where one stands, below the project's root: paths mean the same then, too", async () => {
    const project = new Project({ "src/sessions.ts": sqliteSettings });
    expect(await used(project, [], "src")).toBe("src/sessions.ts");
    expect(existsSync(join(project.folder, "sessions.sqlite"))).toBe(true);
    expect(existsSync(join(project.folder, "src/sessions.sqlite"))).toBe(false);
  });

  test("never beyond the project: that file would be run", async () => {
    const project = new Project({ "sessions.ts": "throw new Error('run')", "app/package.json": "{}" });
    const said = await used(project, [], "app");
    expect(said).toContain("Expected the file that exports your sessions. Found none of coatcheck.config.ts, ");
    expect(said).toContain("--config path/to/file.ts");
  });

  test("by --config, whatever its name, from the folder we are in", async () => {
    const project = new Project({ "app/settings.ts": sqliteSettings, "sessions.ts": "throw new Error('run')" });
    expect(await used(project, ["--config", "settings.ts"], "app")).toBe("app/settings.ts");
    expect(existsSync(join(project.folder, "app/sessions.sqlite"))).toBe(true);
  });

  test("in CommonJS, written or compiled", async () => {
    const project = new Project({
      "package.json": '{ "type": "commonjs" }',
      "sessions.js": commonJs,
      "compiled.js": `exports.__esModule = true; ${commonJs.replace("module.exports", "exports.default")}`,
    });
    expect(await used(project)).toBe("sessions.js");
    expect(await used(project, ["--config", "compiled.js"])).toBe("compiled.js");
  });

  test("when the app has a copy of the package of its own", async () => {
    const project = new Project({ "sessions.ts": sqliteSettings });
    const modules = join(project.folder, "node_modules");
    rmSync(join(modules, "coatcheck"));
    for (const part of ["dist", "package.json"]) {
      cpSync(join(root, part), join(modules, "coatcheck", part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules/kysely"), join(modules, "kysely"));
    expect(await used(project)).toBe("sessions.ts");
    // Its errors are instances of other classes than ours.
    project.write({ "sessions.ts": sqliteSettings.replace("sessions.sqlite", "package.json/x.sqlite") });
    expect((await project.run(["migrate"])).code).toBe(1);
    project.write({ "sessions.ts": sqliteSettings.replace('path: "sessions.sqlite"', "port: 1") });
    expect((await project.run(["migrate"])).code).toBe(2);
  });
});

describe("settings that are wrong end with 2, and the message says what to do", () => {
  const sessions = "const sessions = createSessions();";
  const cases: Record<string, [text: string, message: RegExp]> = {
    "no default export": [
      `export ${sessions}`,
      /Found no default export, only sessions\.\nWrite `export default create/,
    ],
    "nothing exported": [sessions, /Found no default export\./],
    "a store": [`export default db();`, /Found a store: write `createSessions\(\{ engine: store \}\)`\./],
    "a function": [`export default () => createSessions();`, /Found a function: export what it returns\./],
    "a promise": [
      `export default Promise.resolve(createSessions());`,
      /Found a promise: write `export default await …`\./,
    ],
    "something else": [`export default { port: 1 };`, /Found an object with the keys port\./],
    "an option that cannot work": [
      `export default createSessions({ idleTimeout: -1 });`,
      /idleTimeout: expected a posi/,
    ],
    "a module that throws": [`throw new Error("DATABASE_URL is not set");`, /Cannot load .*: DATABASE_URL is not set/],
    "a missing import": [`import "nowhere";`, /Cannot load .*: Cannot find package 'nowhere'/],
    "a syntax error": [`export default = 1;`, /Cannot load .*sessions\.ts:\d+\): /],
    "an enum": [`enum Theme { Light }`, /sessions\.ts.* holds more than types: .*enum.*\nWrite a union of strings/],
    "a namespace": [`namespace Shop { export const a = 1; }`, /holds more than types: .*namespace/],
    "a parameter property": [
      `class Shop { constructor(private name: string) {} }`,
      /holds more than types: .*property/,
    ],
  };

  test.each(Object.entries(cases))("%s", async (_, [text, message]) => {
    const imports = 'import { createSessions } from "coatcheck";\nimport { db } from "coatcheck/db";\n';
    const { code, stdout, stderr } = await new Project({ "sessions.ts": imports + text }).run(["migrate"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
  });

  test.each([
    ["nowhere.ts", "found nothing"],
    [".", "found a folder"],
  ])("--config %s", async (path, found) => {
    const { code, stderr } = await new Project({}).run(["migrate", "--config", path]);
    expect(code).toBe(2);
    expect(stderr).toContain(found);
  });
});
