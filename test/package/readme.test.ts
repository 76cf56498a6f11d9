import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { npm } from "../../scripts/bootstrap/npm.mjs";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { tool } from "../../scripts/tool.ts";

// A reader's folder: the example as printed, the packed tarball, and the packages it names beside it.
const folder = mkdtempSync(join(tmpdir(), "coatcheck-readme-"));
const modules = join(folder, "node_modules");
let server: ChildProcess | undefined;
let base = "";

beforeAll(async () => {
  mkdirSync(join(modules, "coatcheck"), { recursive: true });
  npm(["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], "pack the package");
  const [tarball = ""] = globSync(join(folder, "*.tgz"));
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(modules, "coatcheck")]);
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
  }

  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  const example = /<!-- example: express -->\n```ts\n(.*?)```/s.exec(
    readFileSync(join(root, "README.md"), "utf8"),
  )?.[1];
  writeFileSync(join(folder, "app.ts"), (example ?? "").replaceAll("3000", String(port)));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        module: "nodenext",
        target: "ES2022",
        types: ["node"],
      },
      files: ["app.ts"],
    }),
  );
}, 120_000);

afterAll(async () => {
  if (server?.exitCode === null) {
    server.kill();
    await once(server, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("the README's Express example, copied into a new folder with the packed tarball", () => {
  test("type-checks under strict, our declarations included", () => {
    let output = "";
    try {
      output = execFileSync(process.execPath, [tool("typescript", "tsc"), "-p", folder], { encoding: "utf8" });
    } catch (error) {
      output = String((error as { stdout?: unknown }).stdout);
    }
    // Other packages' declarations are theirs to mend.
    expect(output.split("\n").filter((line) => /^(\S*\/)?app\.ts|node_modules\/coatcheck/.test(line))).toEqual([]);
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
