import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { exampleIn, packedFolder, typeErrors } from "./packed.ts";

// A reader copies the page's files beside the packed package, and runs them.
const page = readFileSync(join(root, "docs/testing-apps.md"), "utf8");
const examples = Array.from(page.matchAll(/<!-- example: (\S+) -->/g), ([, name = ""]) => name);
const chromium = process.env["COATCHECK_TEST_CHROMIUM"] ?? "";
const folder = packedFolder();

beforeAll(() => {
  for (const name of examples) writeFileSync(join(folder, name), exampleIn(page, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the runner that the example imports says of it. */
function run(name: string): { status: number | null; output: string } {
  const vitest = readFileSync(join(folder, name), "utf8").includes('from "vitest"');
  const args = vitest ? ["node_modules/vitest/vitest.mjs", "run"] : ["--test", "--test-reporter=tap"];
  const options = ["--disable-warning=ExperimentalWarning", ...args, name];
  // Under Vitest, and so with its NODE_OPTIONS and test context otherwise.
  const env = { PATH: process.env["PATH"], ...(chromium !== "" && { CHROMIUM: chromium }) };
  const { status, stdout, stderr } = spawnSync(process.execPath, options, { cwd: folder, encoding: "utf8", env });
  return { status, output: stdout + stderr };
}

describe("the examples of docs/testing-apps.md, with the packed tarball", { timeout: 120_000 }, () => {
  test("type-check under strict", () => {
    expect(examples).toContain("shop.ts");
    expect(typeErrors(folder, examples)).toEqual([]);
  });

  test.each(examples.filter((name) => name.endsWith(".test.ts") && name !== "browser.test.ts"))("%s passes", (name) => {
    const { status, output } = run(name);
    expect({ status, output }).toMatchObject({ status: 0 });
  });

  test.skipIf(chromium === "")("browser.test.ts passes", () => {
    const { status, output } = run("browser.test.ts");
    expect({ status, output }).toMatchObject({ status: 0 });
  });

  test("each of them notices an app that forgets carts", () => {
    const file = join(folder, "shop.ts");
    const honest = readFileSync(file, "utf8");
    writeFileSync(file, honest.replace('session.get("cart", [])', "[]"));
    for (const name of ["shop.test.ts", "supertest.test.ts"]) expect(run(name)).toMatchObject({ status: 1 });
    writeFileSync(file, honest);
  });
});
