import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { walkWebSocket } from "./walk-websocket.ts";

const cwd = mkdtempSync(join(tmpdir(), "coatcheck-example-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("examples/websocket runs, and does what its page says", async () => {
  await walkWebSocket(join(root, "examples/websocket/app.ts"), cwd);
  expect.hasAssertions();
});
