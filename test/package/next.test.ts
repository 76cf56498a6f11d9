import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { nextKit, nextProgram, nextStart } from "../http/next-build.ts";
import { filesIn } from "../http/next-server.ts";
import { walkExample, withProgram } from "../http/walk-example.ts";
import { nextTypeErrors, packedNextApp } from "./next-app.ts";
import { filesOn } from "./packed.ts";

const page = filesOn(readFileSync(join(root, "docs/frameworks/next.md"), "utf8"));

test("docs/frameworks/next.md prints each file of examples/next whole", () => {
  expect(page).toEqual(filesIn("examples/next"));
});

describe.runIf(nextKit !== "")("the files of docs/frameworks/next.md, copied beside the packed tarball", () => {
  let folder = "";

  beforeAll(async () => {
    folder = await packedNextApp(page);
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("are built without a store being opened", () => {
    expect(existsSync(join(folder, ".coatcheck"))).toBe(false);
  });

  test("type-check, our declarations with them", () => {
    expect(nextTypeErrors(folder)).toEqual([]);
  });

  test("do what the page says", async () => {
    await walkExample(nextProgram, folder, nextStart());
    expect.hasAssertions();
  });

  test("do not count a visit that is only fetched in advance", async () => {
    const ahead = { "next-router-prefetch": "1", rsc: "1" };
    await withProgram(
      nextProgram,
      folder,
      async (base) => {
        const prefetched = await fetch(base, { headers: ahead });
        expect([prefetched.status, prefetched.headers.getSetCookie()]).toEqual([200, []]);
        expect((await fetch(base)).headers.getSetCookie()).toHaveLength(1);
      },
      nextStart(),
    );
  });
});
