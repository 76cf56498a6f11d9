import { execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { packedFolder, typeErrors } from "./packed.ts";

const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a page's example may ask the environment for, and where the tests have it. */
const servers = {
  DATABASE_URL: process.env["COATCHECK_TEST_POSTGRES_URL"],
  REDIS_URL: process.env["COATCHECK_TEST_REDIS_URL"],
  MEMCACHED_URL: process.env["COATCHECK_TEST_MEMCACHED_URL"],
};

/** A visit, a second one that finds the first, and a logout. */
const visits = `
  import sessions from "./$page.ts";
  const first = await sessions.open();
  first.set("visits", 1);
  await first.save();
  const second = await sessions.open(sessions.token(first));
  second.update("visits", (n = 0) => n + 1);
  await second.save();
  const third = await sessions.open(sessions.token(second));
  console.log("visits:", third.get("visits"));
  await third.flush();
  console.log("after the logout:", [...third].length);
  await sessions[Symbol.asyncDispose]();
`;

const pages = globSync("docs/engines/*.md", { cwd: root }).map((file) => {
  const [code, ...more] = Array.from(
    readFileSync(join(root, file), "utf8").matchAll(/```ts\n(\/\/ sessions\.ts\n.*?)```/gs),
    ([, example = ""]) => example,
  );
  if (code === undefined || more.length > 0) throw new Error(`Expected one sessions.ts in ${file}.`);
  return { page: basename(file, ".md"), code, needs: Object.entries(servers).filter(([name]) => code.includes(name)) };
});

describe.each(pages)("docs/engines: $page", ({ page, code, needs }) => {
  // What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
  const missing = needs.some(([, url]) => url === undefined);

  test.skipIf(missing)("its settings, copied from the page, compile and hold a session", () => {
    const secret = { SESSION_SECRET: "a secret of the tests, for no other use" };
    const env = { ...process.env, NODE_OPTIONS: "", ...secret, ...Object.fromEntries(needs) };
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
        cwd: folder,
        env,
        encoding: "utf8",
      });
    writeFileSync(join(folder, `${page}.ts`), code);
    writeFileSync(join(folder, `visit-${page}.ts`), visits.replace("$page", page));
    expect(typeErrors(folder, [`${page}.ts`, `visit-${page}.ts`])).toEqual([]);
    if (code.includes("DATABASE_URL")) {
      run("node_modules/coatcheck/dist/cli/main.js", "migrate", "--config", `${page}.ts`);
    }
    expect(run(`visit-${page}.ts`)).toBe("visits: 2\nafter the logout: 0\n");
  });
});
