import { createServer } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listen } from "../http/harness-adapter.ts";
import { adapterNamed } from "../http/harness.ts";
import { frameworks, openShop, prepare } from "./frameworks-app.ts";
import { launch, Visitor } from "./visitor.ts";

const executable = process.env["COATCHECK_TEST_CHROMIUM"] ?? "";
let browser: Browser;

beforeAll(async () => {
  // A host that is not this machine as far as the browser knows.
  if (executable !== "") browser = await launch(executable, "--host-resolver-rules=MAP shop.test 127.0.0.1");
}, 60_000);

afterAll(() => browser?.close());

const greeting = (visitor: Visitor): Promise<string> => visitor.page.locator("h1").innerText();
const data = async (visitor: Visitor): Promise<unknown> =>
  JSON.parse(await visitor.page.locator("pre").innerText()) as unknown;

describe.runIf(executable !== "").each(frameworks)("where Chromium finds %s", { timeout: 60_000 }, (framework) => {
  beforeAll(() => prepare(framework), 300_000);

  test.each([
    ["https", "127.0.0.1"],
    ["http", "localhost"],
    ["http", "127.0.0.1"],
  ])("%s://%s: the Secure cookie with the __Host- prefix is taken, and removed", async (scheme, host) => {
    await using shop = await openShop(scheme === "https" ? `${framework} https` : framework);
    expect(shop.at(host)).toContain(`${scheme}://${host}:`);
    const visitor = await Visitor.arrive(browser, shop.at(host));
    await visitor.open();
    await visitor.logIn("Ada");
    expect(await greeting(visitor)).toBe("Hello Ada");
    expect(await visitor.cookie()).toMatchObject({ name: "__Host-session", secure: true, domain: host, path: "/" });
    await visitor.press("Log out");
    expect(await visitor.cookies()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  test("http://shop.test: the Secure cookie is refused, so each page is a stranger's and nothing is kept", async () => {
    await using shop = await openShop(framework);
    const visitor = await Visitor.arrive(browser, shop.at("shop.test"));
    await visitor.open();
    await visitor.logIn("Ada");
    expect(await greeting(visitor)).toBe("Hello stranger");
    expect(await visitor.cookies()).toEqual([]);
    await visitor.press("Add");
    expect(await data(visitor)).toEqual({});
    // Each was stored, and nobody will come back for it.
    expect(await shop.app.ids()).toHaveLength(2);
    await visitor.leave();
  });

  const exempt = adapterNamed(framework).lacks.secureAuto;
  test.skipIf(exempt !== undefined).each([
    ["http", framework, false],
    ["https", `${framework} https`, true],
  ])(
    `%s://shop.test with secure: "auto": the cookie is kept, and is Secure on https${exempt === undefined ? "" : ` (exempt: ${exempt})`}`,
    async (_, adapter, secure) => {
      await using shop = await openShop(adapter, { cookie: { secure: "auto" } });
      const visitor = await Visitor.arrive(browser, shop.at("shop.test"));
      await visitor.open();
      await visitor.logIn("Ada");
      expect(await greeting(visitor)).toBe("Hello Ada");
      expect(await visitor.cookie()).toMatchObject({ name: "session", secure });
      await visitor.press("Log out");
      expect(await visitor.cookies()).toEqual([]);
      await visitor.leave();
    },
  );

  test("another site: its form comes without the cookie and changes nothing, its link comes with it", async () => {
    await using shop = await openShop(framework);
    const victim = shop.at("localhost");
    const page = `<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,">
      <form method="post" action="${victim}/buy"><button>Win a prize</button></form>
      <form method="post" action="${victim}/add"><button>Leave a note</button></form><a href="${victim}/">The shop</a>`;
    const elsewhere = await listen(
      createServer((_, response) => response.setHeader("content-type", "text/html").end(page)),
    );
    try {
      const visitor = await Visitor.arrive(browser, victim);
      await visitor.open();
      await visitor.logIn("Ada");
      const cookie = await visitor.cookie();

      await visitor.open(`http://127.0.0.1:${elsewhere.port}/`);
      await visitor.press("Win a prize");
      expect(await visitor.page.locator("body").innerText()).toBe("Log in first");
      expect(await visitor.cookie()).toEqual(cookie);
      expect(await shop.app.stored()).toEqual({ theme: "dark" });

      await visitor.open(`http://127.0.0.1:${elsewhere.port}/`);
      await visitor.page.getByRole("link").click();
      await visitor.page.waitForURL(`${victim}/`);
      expect(await greeting(visitor)).toBe("Hello Ada");

      // What SameSite does not do, and CSRF protection is for: a page that writes for strangers too begins a session for one.
      await visitor.open(`http://127.0.0.1:${elsewhere.port}/`);
      await visitor.press("Leave a note");
      expect(await greeting(visitor)).toBe("Hello stranger");
      expect((await visitor.cookie()).value).not.toBe(cookie.value);
      await visitor.leave();
    } finally {
      await elsewhere.close();
    }
  });
});
