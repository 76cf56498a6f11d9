import { describe, expect, test } from "vitest";
import type { Sessions } from "../../src/index.ts";
import { barrier } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { kit } from "./sveltekit-app.ts";
import { type Event, type Input, type Kit, lines, setUp, submit } from "./sveltekit-parts.ts";

const count = async (sessions: Sessions<Data>, event: Event): Promise<number> =>
  (await sessions.get(event)).update("count", (n = 0) => n + 1);

/** Kit names a module of remote functions by a hash, which a form of it tells. */
async function remoteHash(app: Kit): Promise<string> {
  const page = await (await app.visit("/remote")).text();
  return /\/remote=([^%/]+)/.exec(page)?.[1] ?? "";
}

/** What calls the command, as Kit's client does. */
async function orderOf(app: Kit): Promise<() => Promise<Response>> {
  const path = `/_app/remote/${await remoteHash(app)}/ordered`;
  const headers = { origin: "http://127.0.0.1", "content-type": "application/json" };
  return () => app.visit(path, { method: "POST", headers, body: '{"payload":""}' });
}

describe.skipIf(kit === "")("a session, as SvelteKit's client asks for it", () => {
  test("is there in remote functions: query, form, command and live query", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        query: async (event) => (await sessions.get(event)).get("count", 0),
        form: (event) => count(sessions, event),
        command: (event) => count(sessions, event),
        live: async function* (event: Event) {
          yield (await sessions.get(event)).get("count", 0);
        },
      }),
    });
    const hash = await remoteHash(app);
    const posted = await app.visit(`/remote?/remote=${hash}%2Fposted`, submit);
    expect([posted.status, lines(posted).length]).toEqual([200, 1]);
    const ordered = await (await orderOf(app))();
    const remote = `/_app/remote/${hash}`;
    expect([ordered.status, await ordered.text()]).toEqual([200, expect.stringContaining("2")]);
    expect((await app.stored()).get("count")).toBe(2);
    expect(await (await app.visit(`${remote}/shown?payload=`)).text()).toContain("2");
    expect(await (await app.visit(`${remote}/watched?payload=`)).text()).toContain("2");
    expect(app.errors).toEqual([]);
  });

  test("behind an error that Kit tells its own client in a 200 is saved or not by the error's status", async () => {
    await using app = await setUp({
      plays: (sessions) => {
        const fail = async (event: Event, { error }: Input): Promise<void> => {
          const n = await count(sessions, event);
          if (n % 2 === 1) error(409, "kept");
          throw new Error("dropped");
        };
        return { load: fail, command: fail, layout: () => ({}) };
      },
    });
    const statusesOf = async (ask: () => Promise<Response>): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for (const _ of [1, 2]) {
        const reply = await ask();
        const [said] = /(?<="error":\{"status":)\d+/.exec(await reply.text()) ?? [];
        seen.push(reply.status, said, (await app.stored()).get("count"));
      }
      return seen;
    };
    const navigate = (): Promise<Response> => app.visit("/page/__data.json");
    expect(await statusesOf(navigate)).toEqual([200, "409", 1, 200, "500", 1]);
    const order = await orderOf(app);
    await (await app.stored()).set("count", 2).save();
    expect(await statusesOf(order)).toEqual([200, "409", 3, 200, "500", 3]);
  });

  test("is saved before the first line of a navigation that streams, which does not wait for the rest", async () => {
    const late = barrier();
    await using app = await setUp({
      plays: (sessions) => ({
        load: async (event) => ({
          text: `early ${await count(sessions, event)}`,
          late: late.gate.then(() => "late"),
        }),
      }),
    });
    const reply = await app.visit("/page/__data.json");
    expect([reply.headers.get("content-type"), lines(reply).length]).toEqual(["text/sveltekit-data", 1]);
    expect((await app.stored()).get("count")).toBe(1);
    late.release();
    expect(await reply.text()).toMatch(/early 1.*\n.*late/);
  });
});
