import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";

/** The scripts in a folder of their own, so with a cache of their own, and two kits for them to install. */
class Checkout {
  readonly #folder = mkdtempSync(join(tmpdir(), "coatcheck-kits-"));
  readonly kits = join(this.#folder, ".cache/kits");

  constructor() {
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
    cpSync(join(root, "scripts"), join(this.#folder, "scripts"), { recursive: true });
    for (const name of ["first", "second"]) {
      mkdirSync(join(this.#folder, "test/kits", name), { recursive: true });
      for (const file of ["package.json", "package-lock.json"]) this.#write(`test/kits/${name}/${file}`, "{}");
    }
    this.#write(
      "run.mjs",
      `import { withServices } from "./scripts/services/provision.ts";
       const services = ["first", "second"].map((kit) => ({
         name: kit, variable: "KIT_" + kit, programs: {}, kit, advice: "look", value: (instance) => instance.kit,
       }));
       process.exitCode = await withServices(services, async () => 0);`,
    );
  }

  /** Provides both kits. @param npm What npm does, as JavaScript. */
  async provide(npm: string): Promise<{ code: number | null; installs: number }> {
    // npm's own program is found by this name.
    this.#write("npm-cli.js", `require("fs").appendFileSync("installs", "one\\n"); ${npm}`);
    this.#write("installs", "");
    // A group of its own, as a terminal makes one: a Ctrl-C reaches all of it, and not us.
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "run.mjs"], {
      cwd: this.#folder,
      detached: true,
      stdio: "ignore",
      env: { ...process.env, npm_execpath: join(this.#folder, "npm-cli.js"), COATCHECK_REQUIRE: "" },
    });
    const [code] = (await once(child, "exit")) as [number | null];
    return { code, installs: readFileSync(join(this.#folder, "installs"), "utf8").split("\n").length - 1 };
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text);
  }
}

test("Ctrl-C while a kit is installed ends the run, and not one kit after another", async () => {
  const checkout = new Checkout();
  expect(await checkout.provide('process.kill(-process.ppid, "SIGINT")')).toEqual({ code: 130, installs: 1 });
  expect(readdirSync(checkout.kits)).toEqual([]);
});

test("a kit that cannot be installed is left out, and the others are tried", async () => {
  const checkout = new Checkout();
  expect(await checkout.provide("process.exitCode = 1")).toEqual({ code: 0, installs: 2 });
});

test("what a run left that was killed is swept by the next, and nothing of one that goes on", async () => {
  const checkout = new Checkout();
  expect(await checkout.provide('process.kill(process.ppid, "SIGKILL")')).toEqual({ code: null, installs: 1 });
  const [left = ""] = readdirSync(checkout.kits);
  expect(left).toMatch(/^first-.*-\d+$/);
  const ofAnother = left.replace(/\d+$/, String(process.pid));
  mkdirSync(join(checkout.kits, ofAnother));

  expect(await checkout.provide("")).toEqual({ code: 0, installs: 2 });
  expect(existsSync(join(checkout.kits, left))).toBe(false);
  expect(readdirSync(checkout.kits)).toHaveLength(3);
  expect(readdirSync(checkout.kits)).toContain(ofAnother);
});
