import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { withProgram } from "../http/walk-example.ts";
import { emptyFolder } from "./demo-process.ts";
import { launch } from "./visitor.ts";

const executable = process.env["COATCHECK_TEST_CHROMIUM"] ?? "";

/** The example with a browser in front of it. */
async function browse(use: (context: BrowserContext, url: string) => Promise<void>): Promise<void> {
  const folder = await emptyFolder();
  const browser = await launch(executable);
  try {
    await withProgram(join(root, "examples/websocket/app.ts"), folder.path, async (base) => {
      const context = await browser.newContext();
      context.setDefaultTimeout(10_000);
      await use(context, base.replace("127.0.0.1", "localhost"));
    });
  } finally {
    await browser.close();
    await folder.remove();
  }
}

/** Waits until the page says it. */
async function assertSays(page: Page, text: string): Promise<void> {
  const line = page.getByText(text, { exact: true });
  await line.waitFor();
  expect(await line.count()).toBe(1);
}

/** How it ends when this page opens a socket. */
function dial(page: Page, url: string): Promise<unknown> {
  return page.evaluate(
    `new Promise((resolve) => {
       const socket = new WebSocket("${url.replace("http", "ws")}");
       socket.onopen = () => resolve("open");
       socket.onclose = () => resolve("refused");
     })`,
  );
}

test.skipIf(executable === "")(
  "every tab's socket has the browser's session, and closes when one logs out",
  async () => {
    await browse(async (context, url) => {
      const [first, second] = [await context.newPage(), await context.newPage()];
      await first.goto(url);
      await assertSays(first, "1 visits");
      await second.goto(url);
      await assertSays(second, "2 visits");
      await first.getByRole("button", { name: "Log out" }).click();
      await assertSays(second, "closed: flushed");
      // The page that the log-out led to has a socket again, and no session.
      await assertSays(first, "0 visits");
    });
  },
);

test.skipIf(executable === "")(
  "a page of the same site, but another origin, has the cookie and gets no socket",
  async () => {
    const other = createServer((_request, response) => void response.end("another origin")).listen(0, "127.0.0.1");
    const sent: (string | undefined)[] = [];
    other.on("upgrade", (request, socket) => {
      sent.push(request.headers.cookie);
      socket.destroy();
    });
    await once(other, "listening");
    const otherUrl = `http://localhost:${(other.address() as AddressInfo).port}`;
    try {
      await browse(async (context, url) => {
        const page = await context.newPage();
        await page.goto(url);
        await assertSays(page, "1 visits");
        expect(await dial(page, url)).toBe("open");
        // Lax is about sites, and these two are one: from here to there as from there to here.
        await dial(page, otherUrl);
        expect(sent).toEqual([expect.stringContaining("__Host-session=")]);
        await page.goto(otherUrl);
        expect(await dial(page, url)).toBe("refused");
      });
    } finally {
      other.close();
    }
  },
);
