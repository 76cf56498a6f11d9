import { execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { buildKitApp, kit } from "../http/sveltekit-app.ts";
import { walk, withProgram } from "../http/walk-example.ts";
import { packedFolder } from "./packed.ts";

const page = readFileSync(join(root, "docs/frameworks/sveltekit.md"), "utf8");
const example = join(root, "examples/sveltekit");

/** The files that the page prints, by their names. */
const printed: Record<string, string> = {};
for (const [, name = "", text = ""] of page.matchAll(/<!-- file: (\S+) -->\n```\w+\n(.*?)```/gs)) printed[name] = text;

/** What the page does not print: what every new project has. */
const given = ["package.json", "src/app.html", "tsconfig.json", "vite.config.ts"];

/** What else has to fit Kit's own types. */
const handles = `
  import type { RequestEvent } from "@sveltejs/kit";
  import { type Handle, sequence } from "@sveltejs/kit/hooks";
  import { coatcheck } from "coatcheck/sveltekit";
  import sessions from "./sessions.ts";
  export const plain: Handle = coatcheck(sessions);
  export const answering: Handle = coatcheck(sessions, {
    onError: (error, event: RequestEvent) => new Response(String(error) + event.params["slug"]),
  });
  export const inTurn = sequence(({ event, resolve }) => resolve(event), coatcheck(sessions), answering);
  export const visits = async (event: RequestEvent): Promise<number> => (await sessions.get(event)).get("visits", 0);
  // @ts-expect-error a promise has no data: await it
  export const wrong = (event: RequestEvent) => event.locals.session.get("visits");`;

test("docs/frameworks/sveltekit.md prints the example in examples/, and nothing else", () => {
  const files = globSync("**/*.*", { cwd: example, exclude: ["node_modules", ".svelte-kit", "build"] });
  const expected = files.filter((file) => !given.includes(file));
  expect(Object.keys(printed).sort()).toEqual(expected.sort());
  for (const file of expected) expect(printed[file]).toBe(readFileSync(join(example, file), "utf8"));
});

describe.skipIf(kit === "")("the app of docs/frameworks/sveltekit.md, beside the packed tarball", () => {
  let folder = "";
  beforeAll(() => {
    folder = packedFolder();
    const others = given.map((file) => [file, readFileSync(join(example, file), "utf8")]);
    buildKitApp(folder, { ...printed, ...Object.fromEntries(others), "src/handles.ts": handles });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("type-checks by the compiler that Kit comes with", () => {
    const compiler = join(kit, "node_modules/typescript/bin/tsc");
    const check = (): string =>
      execFileSync(process.execPath, [compiler, "-p", folder, "--noEmit"], { encoding: "utf8" });
    expect(check()).toBe("");
  });

  test("does what it says, built and behind what ends TLS", async () => {
    await withProgram(join(folder, "build/index.js"), folder, (base) =>
      // Kit takes itself to be on https, and refuses a form that comes from elsewhere.
      walk(base, { origin: base.replace("http:", "https:") }),
    );
    expect.hasAssertions();
  });
});
