import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { walkExample } from "../http/walk-example.ts";
import { exampleIn, packedFolder, typeErrors } from "./packed.ts";

const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a compiler makes of an example that Node cannot run as it is: one with Nest's decorators. */
const decorators = {
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  noEmit: false,
  allowImportingTsExtensions: false,
};

// An app of several files has a test of its own.
const pages = globSync("docs/frameworks/*.md", { cwd: root })
  .map((file) => ({ name: basename(file, ".md"), text: readFileSync(join(root, file), "utf8") }))
  .filter(({ name, text }) => text.includes(`<!-- example: ${name} -->`));

describe.each(pages)("docs/frameworks: $name", ({ name, text }) => {
  test("its example is the one in examples/", () => {
    expect(exampleIn(text, name)).toBe(readFileSync(join(root, "examples", name, "app.ts"), "utf8"));
  });

  test("its example, copied from the page beside the packed tarball, type-checks and does what it says", async () => {
    writeFileSync(join(folder, `${name}.ts`), exampleIn(text, name));
    const compiled = name === "nest";
    expect(typeErrors(folder, [`${name}.ts`], compiled ? { compilerOptions: decorators } : {})).toEqual([]);
    const file = join(folder, compiled ? `${name}.js` : `${name}.ts`);
    for (const PLATFORM of compiled ? ["express", "fastify"] : [undefined]) {
      await walkExample(file, folder, { env: { PLATFORM } });
    }
  });
});
