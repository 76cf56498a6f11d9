import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { tool } from "../../scripts/tool.ts";
import { withProgram } from "../http/walk-example.ts";
import { packedFolder } from "./packed.ts";

const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The block of the page that begins with this line. */
function blockOf(page: string, line: string): string {
  const [, rest = ""] = readFileSync(join(root, page), "utf8").split(`\`\`\`ts\n${line}`);
  const [code = ""] = rest.split("```");
  if (code === "") throw new Error(`Expected "${line}" in ${page}. Found none.`);
  return line + code;
}

const files: Record<string, string> = {
  "nitro.config.ts": `import { defineConfig } from "nitro";
    export default defineConfig({ serverDir: "./server", errorHandler: "./server/error.ts", telemetry: false });`,
  "sessions.ts": `import { createSessions } from "coatcheck";
    import { memory } from "coatcheck/memory";
    export default createSessions<{ visits: number }>({ engine: memory() });`,
  "server/middleware/session.ts": blockOf("docs/frameworks/h3.md", "// server/middleware/session.ts"),
  "server/error.ts": blockOf("docs/frameworks/h3.md", "// server/error.ts"),
  "server/routes/index.ts": `import { defineHandler } from "nitro";
    import sessions from "../../sessions.ts";
    export default defineHandler(async (event) => {
      const session = await sessions.get(event);
      return "Visit " + session.update("visits", (n = 0) => n + 1);
    });`,
  "server/routes/fail.ts": `import { defineHandler, HTTPError } from "nitro";
    import sessions from "../../sessions.ts";
    export default defineHandler(async (event) => {
      (await sessions.get(event)).cycleKey();
      throw new HTTPError({ status: 500 });
    });`,
};

beforeAll(() => {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  execFileSync(process.execPath, [tool("nitro"), "build"], { cwd: folder, stdio: "pipe" });
});

test("an app of Nitro 3, built with the files of the page, keeps sessions, also past its error handler", async () => {
  await withProgram(join(folder, ".output/server/index.mjs"), folder, async (base) => {
    const visit = (path: string, cookie = ""): Promise<Response> => fetch(base + path, { headers: { cookie } });
    const cookieOf = (response: Response): string => response.headers.getSetCookie().join().replace(/;.*/s, "");
    const first = await visit("/");
    const failed = await visit("/fail", cookieOf(first));
    expect([failed.status, await failed.text(), failed.headers.get("vary")]).toEqual([500, "Sorry", "Cookie"]);
    expect(cookieOf(failed)).toMatch(/^__Host-session=[\w-]{75}$/);
    expect(await (await visit("/", cookieOf(failed))).text()).toBe("Visit 2");
    expect(await (await visit("/", cookieOf(first))).text()).toBe("Visit 1");
  });
});
