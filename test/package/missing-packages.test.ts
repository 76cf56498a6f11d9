import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { packedFolder } from "./packed.ts";

const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["db", "postgres://127.0.0.1:1/x", ["pg"]],
  ["db", "mysql://127.0.0.1:1/x", ["mysql2"]],
  ["redis", "redis://127.0.0.1:1", ["redis"]],
  ["memcached", "memcached://127.0.0.1:1", ["memcache-client", "tslib"]],
])("%s(%j) without its packages says how to install all of them, as the settings do", (engine, url, packages) => {
  for (const name of packages) rmSync(join(folder, "node_modules", name));
  const first = `
    import { createSessions } from "coatcheck";
    import { ${engine} } from "coatcheck/${engine}";
    const session = await createSessions({ engine: ${engine}("${url}") }).open();
    await session.set("visits", 1).save().catch((error) => console.log(String(error)));
  `;
  writeFileSync(join(folder, "first.mjs"), first);
  const said = execFileSync(process.execPath, ["first.mjs"], { cwd: folder, encoding: "utf8" });
  const command = `npm install ${packages.join(" ")}`;
  expect(said.trim()).toMatch(new RegExp(`^StoreUnavailable: .* Run: ${command}$`));
  expect(readFileSync(join(root, "docs/settings.md"), "utf8")).toContain(`\`${command}\``);
});
