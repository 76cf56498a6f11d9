import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { RunningExample } from "../http/example-walk.ts";
import { exampleIn, packedFolder, typeErrors } from "./packed.ts";

const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pages = globSync("docs/frameworks/*.md", { cwd: root }).map((file) => {
  const page = basename(file, ".md");
  return { page, code: exampleIn(readFileSync(join(root, file), "utf8"), page) };
});

describe.each(pages)("the example of docs/frameworks: $page", ({ page, code }) => {
  test("is the one in examples", () => {
    expect(code).toBe(readFileSync(join(root, "examples", page, "app.ts"), "utf8"));
  });

  test("copied into a new folder with the packed tarball, compiles and does what it says", async () => {
    writeFileSync(join(folder, `${page}.ts`), code);
    expect(typeErrors(folder, [`${page}.ts`])).toEqual([]);
    rmSync(join(folder, ".coatcheck"), { recursive: true, force: true });
    await using example = await RunningExample.start(`${page}.ts`, folder);
    await example.walk();
  });
});
