import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { walkSocketIo, walkWebSocket } from "../http/walk-websocket.ts";
import { exampleIn, packedFolder, typeErrors } from "./packed.ts";

const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync(join(root, "docs/websockets.md"), "utf8");
const programs: readonly [string, typeof walkWebSocket][] = [
  ["websocket", walkWebSocket],
  ["socket-io", walkSocketIo],
  ["hono-websocket", walkWebSocket],
  ["fastify-websocket", walkWebSocket],
];

const kit = process.env["COATCHECK_TEST_RUNTIMES"];
const runtimes: readonly [string, string, ...string[]][] = [
  ["bun", "@oven/*/bin/bun"],
  ["deno", "@deno/*/deno", "run", "-A", "--node-modules-dir=manual"],
];

describe("docs/websockets.md", () => {
  test("has the example of examples/", () => {
    expect(exampleIn(text, "websocket")).toBe(readFileSync(join(root, "examples/websocket/app.ts"), "utf8"));
  });

  test.each(programs)("%s, copied from the page beside the packed tarball, does what it says", async (name, walk) => {
    writeFileSync(join(folder, `${name}.ts`), exampleIn(text, name));
    expect(typeErrors(folder, [`${name}.ts`])).toEqual([]);
    await walk(join(folder, `${name}.ts`), folder);
  });

  // Not compiled: their types are not among the packages of these tests.
  test.skipIf(kit === undefined).each(runtimes)(
    "%s, from the page, does what it says",
    async (name, program, ...args) => {
      const file = join(folder, `${name}.ts`);
      writeFileSync(file, exampleIn(text, name));
      const [command = ""] = globSync(join(kit ?? "", "node_modules", program));
      await walkWebSocket(file, folder, [command, ...args]);
      expect.hasAssertions();
    },
  );
});
