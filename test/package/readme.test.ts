import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { exampleIn, packedFolder, typeErrors } from "./packed.ts";

const folder = packedFolder();
let server: ChildProcess | undefined;
let base = "";

beforeAll(async () => {
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  const example = exampleIn(readFileSync(join(root, "README.md"), "utf8"), "express");
  writeFileSync(join(folder, "app.ts"), example.replaceAll("3000", String(port)));
});

afterAll(async () => {
  if (server?.exitCode === null) {
    server.kill();
    await once(server, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("the README's Express example, copied into a new folder with the packed tarball", () => {
  test("type-checks under strict, our declarations included", () => {
    expect(typeErrors(folder, ["app.ts"])).toEqual([]);
  });

  test("runs, and does what it says", async () => {
    server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "app.ts"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (server.stdout) await once(server.stdout, "data");

    let cookie = "";
    const visit = async (path: string, body?: string): Promise<string> => {
      const response = await fetch(base + path, {
        method: body === undefined ? "GET" : "POST",
        headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
        redirect: "manual",
        ...(body !== undefined && { body }),
      });
      const [line] = response.headers.getSetCookie();
      if (line !== undefined) cookie = line.split(";")[0] ?? "";
      return response.text();
    };
    expect(await visit("/")).toBe("Visit 1, in the light theme");
    await visit("/cart", "sku=coat");
    expect(await visit("/")).toBe("Visit 2, in the dark theme");
    const before = cookie;
    await visit("/login", "name=ada");
    expect(cookie).not.toBe(before);
    expect(await visit("/")).toBe("Visit 3, in the dark theme");
    await visit("/logout", "");
    expect(cookie).toBe("__Host-session=");
    expect(await visit("/")).toBe("Visit 1, in the light theme");
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
