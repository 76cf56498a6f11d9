import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frameworks, openShop, prepare, type Shop } from "./frameworks-app.ts";
import { launch, Visitor } from "./visitor.ts";

const executable = process.env["COATCHECK_TEST_CHROMIUM"] ?? "";
let browser: Browser;

beforeAll(async () => {
  if (executable !== "") browser = await launch(executable);
}, 60_000);

afterAll(() => browser?.close());

/** Two tabs of one visitor who is logged in. */
async function arriveTwice(shop: Shop): Promise<readonly [Visitor, Visitor]> {
  const first = await Visitor.arrive(browser, shop.at("127.0.0.1"));
  await first.open("/?own=1");
  await first.logIn("Ada");
  const second = await first.tab();
  await second.open("/?own=2");
  return [first, second];
}

const text = (visitor: Visitor): Promise<string> => visitor.page.locator("body").innerText();

describe.runIf(executable !== "").each(frameworks)(
  "two tabs of one visitor of %s",
  { timeout: 60_000 },
  (framework) => {
    beforeAll(() => prepare(framework), 300_000);

    test("that write at once both keep what they wrote, and both count", async () => {
      await using shop = await openShop(framework);
      const [first, second] = await arriveTwice(shop);

      const pause = shop.holdNext("update", 2);
      const pressed = [first.press("Add"), second.press("Add")];
      await pause.arrived(2);
      pause.release();
      await Promise.all(pressed);

      const both = { theme: "dark", own1: 1, own2: 1, count: 2 };
      expect(await shop.app.stored()).toEqual(both);
      await first.open();
      expect(JSON.parse(await first.page.locator("pre").innerText())).toEqual(both);
      expect([...first.complaints, ...second.complaints]).toEqual([]);
      await first.leave();
    });

    test("of which one logs out while the other writes: that one is told, and nothing comes back", async () => {
      await using shop = await openShop(framework);
      const [first, second] = await arriveTwice(shop);

      const pause = shop.holdNext("update");
      const pressed = first.press("Add");
      await pause.arrived();
      await second.press("Log out");
      pause.release();
      await pressed;

      expect(await text(first)).toBe("error handler: SESSION_INTERRUPTED");
      expect(first.complaints).toContainEqual(expect.stringMatching(/^400: /));
      expect(await first.cookies()).toEqual([]);
      expect(await shop.app.ids()).toEqual([]);
      await first.open();
      expect(await text(first)).toContain("Hello stranger");
      await first.leave();
    });

    test("of which one logs out and in again while the other writes: the new session and its cookie are left alone", async () => {
      await using shop = await openShop(framework);
      const [first, second] = await arriveTwice(shop);

      const pause = shop.holdNext("update");
      const pressed = first.press("Add");
      await pause.arrived();
      await second.press("Log out");
      await second.logIn("Grace");
      const cookie = await second.cookie();
      pause.release();
      await pressed;

      expect(await text(first)).toBe("error handler: SESSION_INTERRUPTED");
      expect(await first.cookie()).toEqual(cookie);
      expect(await shop.app.stored()).toEqual({ theme: "dark" });
      await first.open();
      expect(await text(first)).toContain("Hello Grace");
      await first.leave();
    });

    test("of which one cycles the key while the other writes: the late answer does not put the old cookie back", async () => {
      await using shop = await openShop(framework);
      const [first, second] = await arriveTwice(shop);

      const pause = shop.holdNext("update");
      const pressed = first.press("Add");
      await pause.arrived();
      await second.logIn("Grace");
      const cookie = await second.cookie();
      pause.release();
      await pressed;

      expect(await text(first)).toBe("error handler: SESSION_INTERRUPTED");
      expect(await first.cookie()).toEqual(cookie);
      await first.open();
      expect(await text(first)).toContain("Hello Grace");
      await first.leave();
    });

    test("of which one logs out, or cycles the key, while the other is renewed: no cookie comes with the late page", async () => {
      await using shop = await openShop(framework);
      const [first, second] = await arriveTwice(shop);

      shop.app.clock.advance({ hours: 2 });
      const renewal = shop.holdNext("touch");
      // By an address of its own: of two pages of one address Chromium asks for the second when the first is there.
      const opened = first.open("/?own=1");
      await renewal.arrived();
      await second.logIn("Grace");
      const cookie = await second.cookie();
      renewal.release();
      await opened;
      expect(await text(first)).toContain("Hello Ada");
      expect(await first.cookie()).toEqual(cookie);

      shop.app.clock.advance({ hours: 2 });
      const another = shop.holdNext("touch");
      const openedAgain = first.open("/?own=1");
      await another.arrived();
      await second.press("Log out");
      another.release();
      await openedAgain;
      expect(await text(first)).toContain("Hello Grace");
      expect(await first.cookies()).toEqual([]);
      await first.leave();
    });
  },
);
