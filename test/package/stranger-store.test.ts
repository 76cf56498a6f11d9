import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { storeCases } from "../../src/testing.ts";
import { exampleIn, packedFolder, typeErrors } from "./packed.ts";
import { strangerFlaws } from "./stranger-flaws.ts";

// A stranger has docs/testing.md and the packed package, and nothing else of ours.
const folder = packedFolder();
const examples = ["map-store.ts", "map-store.test.ts"];

/** Every case on the honest store and on each flawed one; what it prints is which cases failed. */
const prove = `
  import { runStoreCase, storeCases } from "coatcheck/testing";
  import { mapStore } from "./map-store.ts";
  import { strangerFlaws } from "./stranger-flaws.ts";
  const flawed = ({ breaks }) => {
    const records = new Map();
    const honest = mapStore(records);
    return { ...honest, ...breaks(honest, records) };
  };
  const powerless = storeCases.filter(({ power, broken }) => power === undefined && !broken);
  const failed = {};
  for (const flaw of [{ flaw: "honest", breaks: () => ({}) }, ...strangerFlaws]) {
    failed[flaw.flaw] = [];
    for (const storeCase of powerless) {
      await runStoreCase(storeCase, () => flawed(flaw)).catch(() => failed[flaw.flaw].push(storeCase.name));
    }
  }
  console.log(JSON.stringify(failed));`;

let failed: Record<string, string[]> = {};

beforeAll(() => {
  const docs = readFileSync(join(root, "docs/testing.md"), "utf8");
  for (const name of examples) writeFileSync(join(folder, name), exampleIn(docs, name));
  copyFileSync(join(root, "test/package/stranger-flaws.ts"), join(folder, "stranger-flaws.ts"));
  writeFileSync(join(folder, "prove.mjs"), prove);
  failed = JSON.parse(
    execFileSync(process.execPath, ["prove.mjs"], { cwd: folder, encoding: "utf8" }),
  ) as typeof failed;
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function nodeTest(): { status: number | null; output: string } {
  const args = ["--test", "--test-reporter=tap", "map-store.test.ts"];
  // Under Vitest, and so with its NODE_OPTIONS and test context otherwise.
  const env = { PATH: process.env["PATH"] };
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env });
  return { status, output: stdout };
}

describe("the store and the test of docs/testing.md, with the packed package", () => {
  test("type-check under strict", () => {
    expect(typeErrors(folder, examples)).toEqual([]);
  });

  test("pass, with every case of a plain store run and every other one shown as skipped", () => {
    const { status, output } = nodeTest();
    expect(output).toMatch(/^# fail 0$/m);
    expect(status).toBe(0);
    const exempt = storeCases.filter(({ power, broken }) => power !== undefined || broken === true).length;
    expect(output).toContain(`# pass ${storeCases.length - exempt}\n`);
    expect(output).toContain(`# skipped ${exempt}\n`);
    expect(failed["honest"]).toEqual([]);
  });

  test("fail in the runner, and say why, once a promise is broken", () => {
    const file = join(folder, "map-store.ts");
    const honest = readFileSync(file, "utf8");
    writeFileSync(file, honest.replace("return records.delete(id);", "return records.delete(id) || true;"));
    const { status, output } = nodeTest();
    writeFileSync(file, honest);
    expect(status).toBe(1);
    expect(output).toMatch(/not ok \d+ - delete: true, then false/);
    expect(output).toContain("delete of a deleted record answers false");
  });
});

describe("the same store with one promise broken is found out", () => {
  test.each(strangerFlaws.map(({ flaw, caught }) => [flaw, caught] as const))("%s → %s", (flaw, caught) => {
    expect(failed[flaw]).toContain(caught);
  });
});
