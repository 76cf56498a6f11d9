import { describe, expect, test } from "vitest";
import { Project, sqliteSettings, sweepingWith } from "./project.ts";

const down = sqliteSettings.replace("sessions.sqlite", "package.json/sessions.sqlite");
const withEngine = (engine: string): string => `
  import { createSessions } from "coatcheck";
  import { memory } from "coatcheck/memory";
  const no = async () => false;
  const verbs = { read: async () => undefined, create: no, update: no, touch: no, delete: no };
  export default createSessions({ engine: ${engine} });`;

describe("a store that is down", () => {
  test.each(["migrate", "clearsessions"])("ends %s with 1 and a message for people", async (command) => {
    const project = new Project({ "sessions.ts": down });
    const { code, stdout, stderr } = await project.run([command]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^coatcheck \w+: The db engine cannot open the SQLite database .*\n$/);
  });

  test("shows stacks and causes with --verbose only", async () => {
    const project = new Project({ "sessions.ts": down });
    expect((await project.run(["migrate"])).stderr).not.toContain("    at ");
    expect((await project.run(["migrate", "--verbose"])).stderr).toMatch(/ {4}at .*\n[^]*caused by Error: EEXIST/);
  });

  test("is told with its code by --json", async () => {
    const project = new Project({ "sessions.ts": down });
    const error = { code: "STORE_UNAVAILABLE", message: expect.stringContaining("cannot open") };
    expect(await project.json(["migrate"])).toEqual({ command: "migrate", ok: false, error });
  });
});

describe("an engine without the power ends with 3 and names engines that have it", () => {
  const signed = '() => ({ name: "signedCookies", atomic: false, open: no, refresh: no, commit: no, explain: no })';
  test.each([
    ["clearsessions", signed, 'The engine "signedCookies" has no expired records to sweep'],
    ["clearsessions", '{ name: "mine", atomic: true, ...verbs }', 'The engine "mine" has no expired records to sweep'],
    ["clearsessions", "memory()", 'The engine "memory" keeps its records in the process of the app'],
    ["migrate", signed, 'The engine "signedCookies" has no schema to migrate'],
    ["migrate", "memory()", 'The engine "memory" has no schema to migrate'],
  ])("%s on %s", async (command, engine, message) => {
    const project = new Project({ "sessions.js": withEngine(engine) });
    const { code, stdout, stderr } = await project.run([command]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/ db,( file,)? or a store of your own/);
  });

  test("--dry-run on a store that cannot count", async () => {
    const project = new Project({ "sessions.js": sweepingWith("throw new Error('never')") });
    const { code, stderr } = await project.run(["clearsessions", "--dry-run"]);
    expect(code).toBe(3);
    expect(stderr).toContain("cannot count them");
  });
});

describe("a command line that is wrong ends with 2 and runs nothing", () => {
  test.each([
    [["clearsessions", "--bach", "3"], "unknown option '--bach'\n(Did you mean --batch?)"],
    [["clearsession"], "unknown command 'clearsession'\n(Did you mean clearsessions?)"],
    [["clearsessions", "--batch", "0"], "argument '0' is invalid. Expected a positive whole number."],
    [["clearsessions", "--batch", "1.5"], "argument '1.5' is invalid. Expected a positive whole number."],
    [["clearsessions", "--max-time", "soon"], "argument 'soon' is invalid. Expected a positive number."],
    [["migrate", "now"], "too many arguments for 'migrate'"],
    [[], "Usage: coatcheck"],
  ])("%j", async (args, message) => {
    const project = new Project({ "sessions.js": "throw new Error('loaded')" });
    const { code, stdout, stderr } = await project.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("loaded");
  });
});
