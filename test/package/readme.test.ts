import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { freePort, withProgram } from "../http/walk-example.ts";
import { exampleIn, packedFolder, typeErrors } from "./packed.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const form = "application/x-www-form-urlencoded";
const json = "application/json";

describe.each([
  { name: "express", type: form, login: "name=ada" },
  { name: "fastify", type: json, login: '{"name":"ada"}' },
  { name: "hono", type: form, login: "name=ada" },
])("the README's $name app, copied into a new folder with the packed tarball", ({ name, type, login }) => {
  const file = `${name}.ts`;

  test("type-checks under strict, our declarations included", () => {
    writeFileSync(join(folder, file), exampleIn(readme, name));
    expect(typeErrors(folder, [file])).toEqual([]);
  });

  test("runs, counts visits, gives a new token at the log-in, and forgets at the log-out", async () => {
    writeFileSync(join(folder, file), exampleIn(readme, name).replaceAll("3000", await freePort()));
    await withProgram(join(folder, file), folder, async (base) => {
      let cookie = "";
      const visit = async (path: string, body?: string): Promise<string | undefined> => {
        const response = await fetch(base + path, {
          method: body === undefined ? "GET" : "POST",
          headers: { cookie, ...(body && { "content-type": type }) },
          redirect: "manual",
          ...(body && { body }),
        });
        const [line] = response.headers.getSetCookie();
        if (line !== undefined) cookie = line.split(";")[0] ?? "";
        expect(response.status).toBeLessThan(400);
        return /^Visit \d+/.exec(await response.text())?.[0];
      };
      expect(await visit("/")).toBe("Visit 1");
      expect(await visit("/")).toBe("Visit 2");
      const before = cookie;
      await visit("/login", login);
      expect(cookie).toMatch(/^__Host-session=[\w-]{75}$/);
      expect(cookie).not.toBe(before);
      expect(await visit("/")).toBe("Visit 3");
      await visit("/logout", "");
      expect(cookie).toBe("__Host-session=");
      expect(await visit("/")).toBe("Visit 1");
    });
  });
});
