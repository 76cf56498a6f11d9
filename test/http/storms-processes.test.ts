import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openClient } from "./harness-client.ts";
import { adapterNamed } from "./harness.ts";
import { type Asked, startSessions, statuses, storm, times } from "./storm-parts.ts";
import { cleanUp, type Place, places, prepare } from "./storm-places.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

describe.each(places)("two processes on %s", (_, make) => {
  const place = make?.();
  if (place !== undefined) {
    beforeAll(() => prepare(place));
    afterAll(() => cleanUp(place));
  }

  // What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
  const register = place === undefined ? test.skip : test;
  const promise = (name: string, body: (apps: readonly [AppProcess, AppProcess]) => Promise<void>): unknown =>
    register(name, async () => {
      await using first = await startApp(place);
      await using second = await startApp(place);
      await body([first, second]);
    });

  promise("lose nothing in a storm on both", async (apps) => {
    expect(await storm(inTurn(apps), 100)).toEqual({
      keys: 2000,
      counters: new Set([20]),
      statuses: { 200: 2000 },
    });
  });

  promise("cannot bring back what one flushes while the other writes", async ([writing, flushing]) => {
    const [cookie = ""] = await startSessions(writing, 1);
    await writing.post("/hold");
    const writers = times(50, (n) => writing.post(`/own?n=${n}`, cookie));
    await writing.get("/arrived?count=50");
    expect(await flushing.post("/flush", cookie)).toMatchObject({ status: 200 });
    await writing.post("/release");
    const replies = await Promise.all(writers);
    expect(statuses(replies)).toEqual({ 400: 50 });
    expect(replies.flatMap((reply) => reply.setCookies)).toEqual([]);
    for (const app of [writing, flushing]) expect(await app.get("/show", cookie)).toMatchObject({ body: "{}" });
  });
});

/** Each request to the next one. */
function inTurn(apps: readonly [Asked, Asked]): Asked {
  let turn = 0;
  const next = (): Asked => apps[(turn += 1) % 2 === 0 ? 0 : 1];
  return {
    get: (path, cookie) => next().get(path, cookie),
    post: (path, cookie) => next().post(path, cookie),
  };
}

type AppProcess = Asked & AsyncDisposable;

async function startApp(place: Place | undefined): Promise<AppProcess> {
  const script = fileURLToPath(new URL("storm-app.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, JSON.stringify(place)], {
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const silent = exited.then(([status]): never => {
    throw new Error(`The application ended with ${String(status)} and told no port`);
  });
  // Later it ends because we end it.
  silent.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), silent])) as [string];
  const client = openClient(adapterNamed("node http"), Number(line), 64);
  return {
    get: (path, cookie) => client.send({ path, cookie }).reply,
    post: (path, cookie) => client.send({ method: "POST", path, cookie }).reply,
    async [Symbol.asyncDispose]() {
      client.close();
      child.kill("SIGKILL");
      await exited;
    },
  };
}
