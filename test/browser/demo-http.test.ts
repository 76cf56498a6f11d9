import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Demo, emptyFolder, startDemo } from "./demo-process.ts";

/** A client with a cookie jar, and nothing else of a browser. */
class Client {
  cookie: string | undefined;

  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookie !== undefined) headers.set("Cookie", this.cookie);
    const response = await fetch(url, { redirect: "manual", ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      this.cookie = /max-age=0(;|$)/i.test(line) ? undefined : line.split(";", 1)[0];
    }
    return response;
  }

  async text(url: string): Promise<string> {
    return (await this.send(url)).text();
  }

  /** The number that the shop's page shows. */
  async visits(demo: Demo): Promise<number> {
    return Number(/id="visits">(\d+)</.exec(await this.text(demo.url))?.[1]);
  }

  post(url: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(url, { method: "POST", body: new URLSearchParams(fields), headers });
  }
}

const folder = await emptyFolder();
afterAll(() => folder.remove());

const running: Demo[] = [];
const start = async (options?: Parameters<typeof startDemo>[1]): Promise<Demo> => {
  const demo = await startDemo(folder.path, options);
  running.push(demo);
  return demo;
};
const stopAll = async (): Promise<void> => {
  await Promise.all(running.splice(0).map((demo) => demo.stop()));
};

describe("the demo's process", () => {
  afterEach(stopAll);

  test("counts 1, 2, 3, and 4 after a restart; a stranger starts at 1", async () => {
    const client = new Client();
    const first = await start();
    for (const expected of [1, 2, 3]) expect(await client.visits(first)).toBe(expected);

    expect(await first.stop()).toBe(0);
    const second = await start();
    expect(await client.visits(second)).toBe(4);
    expect(await client.text(`${second.url}/visits`)).toBe("5\n");
    expect(await new Client().visits(second)).toBe(1);
  });

  test("says one line, and takes another port when its own is taken", async () => {
    const first = await start();
    const second = await start({ port: first.port });
    expect(second.port).not.toBe(first.port);
    await new Client().visits(second);
    await second.stop();
    expect(second.output).toMatch(/^.*http:\/\/127\.0\.0\.1:\d+\n$/);
  });

  test("takes its engine from COATCHECK_ENGINE", async () => {
    const client = new Client();
    const first = await start({ engine: "memory" });
    expect(await client.visits(first)).toBe(1);
    expect(await client.visits(first)).toBe(2);
    await first.stop();
    // What was in memory is gone with the process.
    expect(await client.visits(await start({ engine: "memory" }))).toBe(1);

    await expect(start({ engine: "abacus" })).rejects.toThrow(/COATCHECK_ENGINE: expected one of .*got "abacus"/);
  });
});

describe("the demo's answers", () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await start();
  });
  afterAll(stopAll);

  test.each([
    ["/favicon.svg", 200],
    ["/favicon.ico", 200],
    ["/base.css", 200],
    ["/rush.js", 200],
    ["/no-such-page", 404],
  ])("%s needs no session and uses none, whatever cookie came in", async (path, status) => {
    const response = await fetch(demo.url + path, { headers: { Cookie: `__Host-session=${"0".repeat(75)}` } });
    expect(response.status).toBe(status);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get("Vary") ?? "").not.toMatch(/cookie/i);
  });

  test.each(["/ticket", "/logged-out", "/record"])("%s leaves nothing behind", async (path) => {
    const response = await fetch(demo.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).toContain("Nothing is stored for you, no cookie was set.");
  });

  test("all twenty of twenty requests at once arrive", async () => {
    const client = new Client();
    await client.post(`${demo.url}/rush`);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => client.post(`${demo.url}/rush/${index + 1}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 204));
    const result = (await client.text(`${demo.url}/rush`)).replaceAll(/<[^>]*>|\s+/g, " ").replaceAll(/ +/g, " ");
    expect(result).toContain("20 of 20 counted, 20 of 20 keys in the record. Nothing was lost.");
  });

  test("a name is text, whatever it looks like", async () => {
    const client = new Client();
    await client.post(`${demo.url}/login`, { name: `<img src="x">'&` });
    const page = await client.text(demo.url);
    expect(page).toContain("Good evening, &lt;img src=&quot;x&quot;&gt;&#39;&amp;");
    expect(page).not.toContain("<img");
  });

  test("logging in as somebody else starts from nothing", async () => {
    const client = new Client();
    await client.post(`${demo.url}/login`, { name: "Ada" });
    await client.post(`${demo.url}/cart`, { sku: "hat" });
    expect(await client.text(demo.url)).toContain('data-sku="hat"');
    await client.post(`${demo.url}/login`, { name: "Grace" });
    const page = await client.text(demo.url);
    expect(page).toContain("Good evening, Grace");
    expect(page).not.toContain('data-sku="hat"');
  });

  test("the token before the log-in opens nothing after it", async () => {
    const client = new Client();
    await client.visits(demo);
    const before = new Client();
    before.cookie = client.cookie;
    await client.post(`${demo.url}/login`, { name: "Ada" });
    expect(client.cookie).not.toBe(before.cookie);
    expect(await before.text(`${demo.url}/ticket`)).toContain("Nothing is stored for you");
    expect(await client.text(`${demo.url}/ticket`)).toContain("Ada");
  });

  test("no page shows the token, or the whole hash of its secret", async () => {
    const client = new Client();
    const page = (await client.text(demo.url)) + (await client.text(`${demo.url}/record`));
    const secret = client.cookie?.split("=")[1]?.slice(32) ?? "";
    expect(secret).toHaveLength(43);
    expect(page).not.toContain(secret);
    expect(page).not.toMatch(/<code>[\w-]{43}<\/code>/);
  });

  test.each<Record<string, string>>([
    { Origin: "http://127.0.0.1:1" },
    { Origin: "null" },
    { "Sec-Fetch-Site": "same-site" },
    { "Sec-Fetch-Site": "cross-site" },
  ])("refuses a form with %o", async (headers) => {
    const client = new Client();
    await client.visits(demo);
    expect((await client.post(`${demo.url}/login`, { name: "Eve" }, headers)).status).toBe(403);
    expect(await client.text(demo.url)).not.toContain("Eve");
  });

  test("takes a form of its own", async () => {
    const client = new Client();
    expect((await client.post(`${demo.url}/login`, { name: "Ada" }, { Origin: demo.url })).status).toBe(303);
    expect(await client.text(demo.url)).toContain("Good evening, Ada");
  });
});
