import { spawnSync } from "node:child_process";
import { expect } from "vitest";

/**
 * Runs the code in a process of its own and answers what it handed to `say`. `file` is the engine, `caught(promise)` what a
 * rejection looks like from outside, and `values` are constants.
 *
 * @param shell commands that a shell runs first, such as limits or mounts that the process is to have.
 */
export function runChild(
  code: string,
  values: Readonly<Record<string, unknown>>,
  shell = "",
  wrapper?: [string, ...string[]],
): unknown {
  const ENGINE = new URL("../../../src/engines/file.ts", import.meta.url).href;
  const prelude = `
    import fs from "node:fs";
    import { join } from "node:path";
    const { ${Object.keys(values).join(", ")} } = ${JSON.stringify(values)};
    const { file } = await import(${JSON.stringify(ENGINE)});
    const say = (answer) => fs.writeSync(1, JSON.stringify(answer));
    const caught = (promise) =>
      promise.then(String, (error) => ({ code: error.code, message: error.message, cause: error.cause?.code }));
    const filesIn = (path) =>
      fs.readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  `;
  const inShell = [
    "sh",
    "-ec",
    `${shell}\nexec "$0" --input-type=module --eval "$1"`,
    process.execPath,
    prelude + code,
  ];
  const [program = "", ...rest] = wrapper === undefined ? inShell : [...wrapper, ...inShell];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  expect([status, stderr.replace(/.*ExperimentalWarning.*\n.*\n/, "")]).toEqual([0, ""]);
  return JSON.parse(stdout);
}
