import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { packedFolder, typeErrors } from "./packed.ts";

const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocks = readFileSync(join(root, "docs/codecs.md"), "utf8").matchAll(/^```ts\n(\/\/ sessions\.ts\n.*?)^```/gms);
const examples = Array.from(blocks, ([, code = ""], index) => ({ file: `sessions-${index}.ts`, code }));
for (const { file, code } of examples) writeFileSync(join(folder, file), code);

/** A visit, as a process of its own. */
const visit = `
import assert from "node:assert/strict";
const { default: sessions } = await import(process.argv[2]);
const isRich = sessions.options.codec.name.includes("devalue");
const data = { text: "canary ".repeat(500), ...(isRich && { seen: new Date(0), votes: new Map([["ada", 1n]]) }) };
const session = await sessions.open();
session.update(data);
await session.save();
const again = await sessions.open(sessions.token(session));
assert.deepEqual(Object.fromEntries(again), data);
await again.flush();
assert.equal((await sessions.open(sessions.token(session))).isNew, true);
await sessions[Symbol.asyncDispose]();
console.log(sessions.options.codec.name);
`;
writeFileSync(join(folder, "visit.mjs"), visit);

describe("the examples of docs/codecs.md, with the packed tarball", () => {
  test("type-check under strict, our declarations included", () => {
    expect(
      typeErrors(
        folder,
        examples.map(({ file }) => file),
      ),
    ).toEqual([]);
  });

  test("run, and do what they say", () => {
    const names = examples.map(({ file }) =>
      execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", "visit.mjs", `./${file}`], {
        cwd: folder,
        env: { ...process.env, SESSION_SECRET: "s".repeat(32) },
        encoding: "utf8",
      }).trim(),
    );
    expect(names).toEqual(["encrypted(json)", "compressed(json)", "devalue", "encrypted(compressed(devalue))"]);
  });
});
