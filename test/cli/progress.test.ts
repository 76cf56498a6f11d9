import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { progress, type ProgressStream } from "../../src/cli/progress.ts";
import { bin, Project, sweepingWith } from "./project.ts";

function recorder(isTTY: boolean): ProgressStream & { readonly written: string[] } {
  const written: string[] = [];
  return { isTTY, written, write: (text) => written.push(text) };
}

test("on a terminal: one line, written over ten times a second, and gone at the end", () => {
  const stream = recorder(true);
  let now = 0;
  const shown = progress(stream, 4000, () => now);
  shown.show(0);
  for (now = 50; now <= 500; now += 50) shown.show(now * 4);
  shown.end();
  expect(stream.written).toHaveLength(7);
  expect(stream.written[5]).toBe("\r[############............] 2,000 of 4,000 removed, 4,000/s\u001B[K");
  expect(stream.written.at(-1)).toBe("\r\u001B[K");
  expect(stream.written.join("")).not.toContain("\n");
});

test("without a total there is no bar, and more than the total is a full one", () => {
  const stream = recorder(true);
  progress(stream, undefined, () => 0).show(7);
  progress(stream, 5, () => 0).show(7);
  expect(stream.written).toEqual(["\r7 removed\u001B[K", `\r[${"#".repeat(24)}] 7 of 5 removed\u001B[K`]);
});

test("in a pipe: a plain line every five seconds, no cursor codes, and none for short work", () => {
  const stream = recorder(false);
  let now = 0;
  const shown = progress(stream, undefined, () => now);
  for (now = 0; now <= 12_000; now += 1000) shown.show(now);
  shown.end();
  expect(stream.written).toEqual(["5,000 removed, 1,000/s\n", "10,000 removed, 1,000/s\n"]);
});

const hasTerminal = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

test.skipIf(!hasTerminal)("clearsessions on a terminal shows the bar, and leaves the summary alone behind", () => {
  const body = "return calls < 3 ? 10 : 0;";
  const project = new Project({ "sessions.js": sweepingWith(body, "async countExpired() { return 20; },") });
  const run = (command: string): string =>
    spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: project.folder,
      encoding: "utf8",
      env: { ...process.env, TERM: "xterm", NODE_OPTIONS: "" },
    }).stdout;

  const [screen, after] = run(`"${process.execPath}" "${bin}" clearsessions`).split("\r\u001B[K");
  expect(screen).toMatch(/^\r\[#{12}\.{12}\] 10 of 20 removed/);
  expect(after).toMatch(/^20 expired sessions removed in [\d.]+ s\.\r\n$/);

  // The result goes into the pipe; the bar stays on the screen.
  const piped = run(`"${process.execPath}" "${bin}" clearsessions --json | cat > out.json; wc -l < out.json`);
  expect(piped).toContain("10 of 20 removed");
  expect(piped.split("\u001B[K").at(-1)?.trim()).toBe("1");
});
