import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Demo, emptyFolder, startDemo } from "./demo-process.ts";
import { launch, Visitor } from "./visitor.ts";

const executable = process.env["COATCHECK_TEST_CHROMIUM"] ?? "";
const screenshot = process.env["COATCHECK_SCREENSHOT"] ?? "";

/** What COATCHECK_ENGINE is set to; empty where the server for it is missing. */
const engines: [name: string, engine: string][] = [
  ["db, an SQLite file", "db"],
  ["PostgreSQL", process.env["COATCHECK_TEST_POSTGRES_URL"] ?? ""],
  ["MariaDB", process.env["COATCHECK_TEST_MARIADB_URL"] ?? ""],
  ["files", "file"],
  ["Redis", process.env["COATCHECK_TEST_REDIS_URL"] ?? ""],
  ["memcached", process.env["COATCHECK_TEST_MEMCACHED_URL"] ?? ""],
  ["this process's memory", "memory"],
  ["a cache of the process", "cache"],
  ["a database with a cache in front", "cachedDb"],
  ["the cookie itself", "signedCookies"],
];

/** One visit from the first page to the last, each test a step of it: they share the visitor and depend on their order. */
describe.each(engines)("a visit to the demo in Chromium, its sessions in %s", { timeout: 30_000 }, (_name, engine) => {
  const runs = executable !== "" && engine !== "";
  const inCookie = engine === "signedCookies";
  const inProcess = engine === "memory" || engine === "cache";
  let folder: Awaited<ReturnType<typeof emptyFolder>>;
  let demo: Demo;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    if (!runs) return;
    folder = await emptyFolder();
    demo = await startDemo(folder.path, { engine });
    browser = await launch(executable);
    visitor = await Visitor.arrive(browser, demo.url);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    await folder?.remove();
  });

  test.runIf(runs)("nothing is stored for somebody who only looks", async () => {
    await visitor.open("/ticket");
    expect(await visitor.panel.innerText()).toContain("Nothing is stored for you, no cookie was set.");
    expect(await visitor.cookies()).toEqual([]);
  });

  test.runIf(runs)("the counter goes 1, 2, 3", async () => {
    for (const expected of ["1", "2", "3"]) {
      await visitor.open();
      expect(await visitor.visits()).toBe(expected);
    }
  });

  test.runIf(runs)("the cookie is one that nobody else can set or read", async () => {
    expect(await visitor.cookie()).toMatchObject({
      name: "__Host-session",
      httpOnly: true,
      secure: true,
      sameSite: "Lax",
      path: "/",
    });
  });

  test.runIf(runs)("the theme is remembered", async () => {
    const background = (): Promise<unknown> => visitor.page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await background();
    await visitor.press("Dark");
    expect(await background()).not.toBe(light);
    await visitor.open("/ticket");
    expect(await background()).not.toBe(light);
    await visitor.press("Light");
    expect(await background()).toBe(light);
    expect(await visitor.page.getByRole("button", { name: "Light", pressed: true }).count()).toBe(1);
  });

  test.runIf(runs)("the cart counts", async () => {
    for (const name of ["Felt hat", "Umbrella", "Umbrella", "Gloves"]) await visitor.press(`Add to cart: ${name}`);
    await visitor.press("One more: Umbrella");
    await visitor.press("One less: Umbrella");
    await visitor.press("One less: Gloves");
    expect((await visitor.data())["cart"]).toEqual({ hat: 1, umbrella: 2 });
    const cart = await visitor.page.locator("#cart").innerText();
    expect(cart).toContain("€ 102");
    expect(cart).not.toContain("Gloves");
  });

  test.runIf(runs)("logging in keeps the record and its data, and changes the key", async () => {
    const changing = inCookie ? [] : ["revision", "secret"];
    const before = await Promise.all(["id", ...changing].map((name) => visitor.recorded(name)));
    const cookie = await visitor.cookie();
    expect(await visitor.recorded("user id")).toBe("nobody");

    await visitor.logIn("Ada");
    expect(await visitor.page.getByRole("heading", { level: 1 }).innerText()).toBe("Good evening, Ada");
    expect(await visitor.recorded("user id")).toBe("Ada");
    expect(await visitor.recorded("id")).toBe(before[0]);
    for (const [index, name] of changing.entries()) expect(await visitor.recorded(name)).not.toBe(before[index + 1]);
    expect((await visitor.cookie()).value).not.toBe(cookie.value);
    expect((await visitor.data())["cart"]).toEqual({ hat: 1, umbrella: 2 });
  });

  test.runIf(runs)("the visitor decides how long to be remembered", async () => {
    const secondsLeft = async (): Promise<number> => (await visitor.cookie()).expires - Date.now() / 1000;

    await visitor.remember("for 30 seconds");
    expect(await secondsLeft()).toBeGreaterThan(20);
    expect(await secondsLeft()).toBeLessThanOrEqual(30);
    expect(await visitor.recorded("expires")).toMatch(/in [23]\d seconds$/);

    await visitor.remember("until the browser closes");
    expect((await visitor.cookie()).expires).toBe(-1);
    expect(await visitor.panel.innerText()).toContain("Your browser forgets it when it closes.");

    await visitor.remember("for two weeks");
    expect(Math.round((await secondsLeft()) / 86_400)).toBe(14);
    expect(await visitor.recorded("expires")).toMatch(/in 14 days$/);
    expect(await visitor.page.getByLabel("for two weeks").isChecked()).toBe(true);
  });

  const lastWins = async (): Promise<void> => {
    await visitor.page.getByRole("button", { name: "Send 20 requests" }).click();
    const verdict = visitor.page.locator("#rush-result .verdict", { hasText: "missing" });
    await verdict.waitFor();
    const data = await visitor.data();
    const keys = Object.keys(data).filter((key) => key.startsWith("request-")).length;
    expect(keys).toBeGreaterThan(0);
    expect(await verdict.innerText()).toBe(
      `${String(data["rushCount"])} of 20 counted, ${keys} of 20 keys in the record. Some are missing.`,
    );
  };

  const nothingLost = async (): Promise<void> => {
    for (const _ of ["first", "second"]) {
      const revision = await visitor.recorded("revision");
      await visitor.page.getByRole("button", { name: "Send 20 requests" }).click();
      // The result is there before the panel is, or after it.
      await visitor.page.locator("#record code", { hasText: revision }).waitFor({ state: "detached" });
      await visitor.page.locator("#rush-start:not([aria-disabled])").waitFor();
      const result = visitor.page.locator("#rush-result .verdict");
      expect(await result.innerText()).toBe("20 of 20 counted, 20 of 20 keys in the record. Nothing was lost.");
      const data = await visitor.data();
      expect(data["rushCount"]).toBe(20);
      expect(Object.keys(data).filter((key) => key.startsWith("request-"))).toHaveLength(20);
    }
    if (screenshot !== "" && engine === "db") {
      await visitor.page.mouse.move(0, 0);
      await visitor.page.evaluate("scrollTo(0, 0)");
      await visitor.page.screenshot({ path: screenshot });
    }
  };

  const assertRush = inCookie ? lastWins : nothingLost;
  test.runIf(runs)(`twenty requests at once: ${inCookie ? "the last response wins" : "nothing is lost"}`, () =>
    assertRush(),
  );

  test.runIf(runs)("another visitor starts at 1", async () => {
    const other = await Visitor.arrive(browser, demo.url);
    await other.open();
    expect(await other.visits()).toBe("1");
    expect(await other.recorded("id")).not.toBe(await visitor.recorded("id"));
    expect(other.complaints).toEqual([]);
    await other.leave();
  });

  const restart = async (): Promise<void> => {
    expect(await demo.stop()).toBe(0);
    demo = await startDemo(folder.path, { engine, port: demo.port });
    await visitor.open();
  };

  const unnoticed = async (): Promise<void> => {
    const visits = Number(await visitor.visits());
    const id = await visitor.recorded("id");
    await restart();
    expect(await visitor.visits()).toBe(String(visits + 1));
    expect(await visitor.recorded("id")).toBe(id);
    expect(await visitor.recorded("user id")).toBe("Ada");
  };

  const beginsAnew = async (): Promise<void> => {
    const before = { id: await visitor.recorded("id"), cookie: (await visitor.cookie()).value };
    await restart();
    expect(await visitor.visits()).toBe("1");
    expect(await visitor.recorded("id")).not.toBe(before.id);
    expect((await visitor.cookie()).value).not.toBe(before.cookie);
    await visitor.logIn("Ada");
  };

  const assertRestart = inProcess ? beginsAnew : unnoticed;
  test.runIf(runs)(`a restart of the server ${inProcess ? "begins anew" : "goes unnoticed"}`, () => assertRestart());

  test.runIf(runs)("logging out ends the session, here and in the store", async () => {
    const id = await visitor.recorded("id");
    await visitor.press("Log out");
    expect(await visitor.page.getByRole("heading", { level: 1 }).innerText()).toBe("You are logged out");
    expect(await visitor.panel.innerText()).toContain("Nothing is stored for you, no cookie was set.");
    expect(await visitor.cookies()).toEqual([]);

    await visitor.open();
    expect(await visitor.visits()).toBe("1");
    expect(await visitor.recorded("id")).not.toBe(id);
  });

  test.runIf(runs)("all but the twenty at once works without scripts", async () => {
    const plain = await Visitor.arrive(browser, demo.url, { scripts: false });
    await plain.open();
    await plain.press("Dark");
    expect(await plain.page.locator("html").getAttribute("data-theme")).toBe("dark");
    await plain.press("Add to cart: Wool scarf");
    await plain.logIn("Grace");
    await plain.remember("until the browser closes");
    expect((await plain.cookie()).expires).toBe(-1);
    expect(await plain.visits()).toBe("5");
    expect(await plain.recorded("user id")).toBe("Grace");
    expect((await plain.data())["cart"]).toEqual({ scarf: 1 });
    expect(await plain.page.locator("#rush-start").isVisible()).toBe(false);
    expect(await plain.page.locator("#rush").innerText()).toContain("needs JavaScript");
    await plain.press("Empty the cart");
    await plain.press("Log out");
    expect(await plain.cookies()).toEqual([]);
    expect(plain.complaints).toEqual([]);
    await plain.leave();
  });

  test.runIf(runs)("nothing went wrong on the way", () => {
    expect(visitor.complaints).toEqual([]);
  });
});
