import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frameworks, openShop, prepare } from "./frameworks-app.ts";
import { launch, Visitor } from "./visitor.ts";

const executable = process.env["COATCHECK_TEST_CHROMIUM"] ?? "";
let browser: Browser;
let profiles = "";

beforeAll(async () => {
  if (executable === "") return;
  browser = await launch(executable);
  profiles = mkdtempSync(join(tmpdir(), "coatcheck-profiles-"));
}, 60_000);

afterAll(async () => {
  if (executable === "") return;
  await browser.close();
  rmSync(profiles, { recursive: true });
});

const greeting = (visitor: Visitor): Promise<string> => visitor.page.locator("h1").innerText();
const data = async (visitor: Visitor): Promise<unknown> =>
  JSON.parse(await visitor.page.locator("pre").innerText()) as unknown;

describe.runIf(executable !== "").each(frameworks)("a visit in Chromium to %s", { timeout: 60_000 }, (framework) => {
  beforeAll(() => prepare(framework), 300_000);

  test("a form that logs in leads on with the new cookie; the data and the record are the same", async () => {
    await using shop = await openShop(framework);
    const visitor = await Visitor.arrive(browser, shop.at("127.0.0.1"));
    await visitor.open();
    expect(await visitor.cookies()).toEqual([]);

    await visitor.press("Add");
    const [before, ids] = [await visitor.cookie(), await shop.app.ids()];
    expect(before).toMatchObject({ name: "__Host-session", path: "/", httpOnly: true, secure: true, sameSite: "Lax" });

    await visitor.logIn("Ada");
    expect(visitor.page.url()).toBe(`${shop.at("127.0.0.1")}/`);
    expect(await greeting(visitor)).toBe("Hello Ada");
    expect(await data(visitor)).toEqual({ own1: 1, count: 1, theme: "dark" });
    expect((await visitor.cookie()).value).not.toBe(before.value);
    expect(await shop.app.ids()).toEqual(ids);

    await visitor.press("Log out");
    expect(await greeting(visitor)).toBe("Hello stranger");
    expect(await visitor.cookies()).toEqual([]);
    expect(await shop.app.ids()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  test("a redirect after the first form of all brings the cookie with it", async () => {
    await using shop = await openShop(framework);
    const visitor = await Visitor.arrive(browser, shop.at("127.0.0.1"));
    await visitor.open();
    await visitor.logIn("Ada");
    expect(await greeting(visitor)).toBe("Hello Ada");
    expect(shop.app.operations).toEqual(["create", "read"]);
    await visitor.leave();
  });

  test("twenty fetches of one page all count, the first six of them at the store at once", async () => {
    await using shop = await openShop(framework);
    const visitor = await Visitor.arrive(browser, shop.at("127.0.0.1"));
    await visitor.open();
    await visitor.press("Add");

    // As many as Chromium has connections to one server.
    const pause = shop.holdNext("update", 6);
    const statuses = visitor.page.evaluate(() =>
      Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const body = new URLSearchParams({ own: String(i + 2) });
          return (await fetch("/add", { method: "POST", body })).status;
        }),
      ),
    );
    await pause.arrived(6);
    pause.release();
    expect(await statuses).toEqual(Array.from({ length: 20 }, () => 200));
    const keys = Array.from({ length: 21 }, (_, i) => [`own${i + 1}`, 1] as const);
    expect(await shop.app.stored()).toEqual({ ...Object.fromEntries(keys), count: 21 });
    await visitor.leave();
  });

  test("a cookie until the browser closes is there on every page, and gone when the browser was closed", async () => {
    await using shop = await openShop(framework);
    const profile = mkdtempSync(join(profiles, "visitor-"));
    const arrive = (): Promise<Visitor> => Visitor.arriveAtHome(executable, profile, shop.at("127.0.0.1"));

    const first = await arrive();
    await first.open();
    await first.page.getByLabel("Remember me").uncheck();
    await first.logIn("Ada");
    expect((await first.cookie()).expires).toBe(-1);
    const tab = await first.tab();
    await tab.open();
    expect(await greeting(tab)).toBe("Hello Ada");
    await first.leave();

    const second = await arrive();
    await second.open();
    expect(await greeting(second)).toBe("Hello stranger");
    expect(await second.cookies()).toEqual([]);
    await second.logIn("Ada");
    expect((await second.cookie()).expires).toBeGreaterThan(0);
    await second.leave();

    const third = await arrive();
    await third.open();
    expect(await greeting(third)).toBe("Hello Ada");
    await third.leave();
  });

  // Chromium's cache of answers, that is: its cache of whole pages is off while a program drives it.
  test("the back button after a log-out asks again, for a page that forbade to keep it and for one that said nothing", async () => {
    await using shop = await openShop(framework);
    const visitor = await Visitor.arrive(browser, shop.at("127.0.0.1"));
    for (const page of ["/private", "/?own=2"]) {
      await visitor.open();
      await visitor.logIn("Ada");
      await visitor.open(page);
      expect(await greeting(visitor)).toBe("Hello Ada");
      await visitor.press("Log out");
      await visitor.page.goBack();
      expect(visitor.page.url()).toBe(shop.at("127.0.0.1") + page);
      expect(await greeting(visitor)).toBe("Hello stranger");
    }
    await visitor.leave();
  });
});
