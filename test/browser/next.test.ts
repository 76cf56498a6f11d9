import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { nextKit } from "../http/next-build.ts";
import { type NextServer, startApp } from "../http/next-server.ts";
import { nextTypeErrors, packedNextApp } from "../package/next-app.ts";
import { filesOn } from "../package/packed.ts";
import { launch, Visitor } from "./visitor.ts";

const executable = process.env["COATCHECK_TEST_CHROMIUM"] ?? "";

describe.runIf(executable !== "" && nextKit !== "")("the README's Next.js app, built with the packed tarball", () => {
  let folder = "";
  let server: NextServer;
  let browser: Browser;

  beforeAll(async () => {
    folder = await packedNextApp(filesOn(readFileSync(join(root, "README.md"), "utf8")));
    server = await startApp(folder);
    browser = await launch(executable);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const says = (visitor: Visitor, text: string): Promise<void> =>
    visitor.page.getByText(text, { exact: true }).waitFor();
  const click = (visitor: Visitor, name: string): Promise<void> => visitor.page.getByRole("button", { name }).click();

  test("type-checks under strict, our declarations included", () => {
    expect(nextTypeErrors(folder)).toEqual([]);
  });

  test.each(["127.0.0.1", "localhost"])(
    "in Chromium, at http://%s: counts, signs in by an action with a new token, and out in every tab",
    async (host) => {
      const visitor = await Visitor.arrive(browser, server.base.replace("127.0.0.1", host));
      await visitor.open();
      await says(visitor, "Visit 1 of a stranger");
      const before = await visitor.cookie();
      expect(before).toMatchObject({ name: "__Host-session", domain: host, secure: true, httpOnly: true });

      await visitor.page.getByLabel("Your name").fill("Ada");
      await click(visitor, "Log in");
      await visitor.page.getByText(/of Ada$/).waitFor();
      expect((await visitor.cookie()).value).not.toBe(before.value);
      const tab = await visitor.tab();
      await tab.open();
      await tab.page.getByText(/of Ada$/).waitFor();

      await click(visitor, "Log out");
      await visitor.page.getByText(/of a stranger$/).waitFor();
      await tab.open();
      await tab.page.getByText(/of a stranger$/).waitFor();
      expect((await visitor.cookie()).value).not.toBe(before.value);
      // The app has no icon, for which browsers ask by themselves.
      const complaints = [...visitor.complaints, ...tab.complaints];
      expect(complaints.filter((complaint) => !/favicon|status of 404/.test(complaint))).toEqual([]);
      await visitor.leave();
    },
    60_000,
  );
});
