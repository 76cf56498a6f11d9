import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { Post, Req, StreamableFile } from "@nestjs/common";
import compression from "compression";
import express, { type RequestHandler, type Response } from "express";
import { afterAll, describe, expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/express.ts";
import { coatcheck as nest } from "../../src/http/adapters/nest.ts";
import type { Sessions } from "../../src/index.ts";
import { barrier, faultyStore, startsLate } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";
import { controllerOf, sessionsOn, start } from "./nest-parts.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-compression-"));
afterAll(() => rmSync(folder, { recursive: true }));

const small = "piece".repeat(400);
const large = "piece".repeat(40_000);
writeFileSync(join(folder, "small.txt"), small);
writeFileSync(join(folder, "large.txt"), large);
const sendsFile = (response: Response, name: string): void => response.sendFile(name, { root: folder });

const pieces = (whole: string): Readable => Readable.from(whole.match(/.{1,2000}/g) ?? []);

/** Every way to answer that waits for `drain`, and what it says. */
const streamed: Record<string, [body: string, answer: (response: Response) => unknown]> = {
  "a small stream piped": [small, (response) => pieces(small).pipe(response)],
  "a large stream piped": [large, (response) => pieces(large).pipe(response)],
  "a small pipeline": [small, (response) => pipeline(pieces(small), response)],
  "a large pipeline": [large, (response) => pipeline(pieces(large), response)],
  "a small file": [small, (response) => sendsFile(response, "small.txt")],
  "a large file": [large, (response) => sendsFile(response, "large.txt")],
};

interface Reply {
  readonly encoding: string | undefined;
  readonly cookies: number;
  readonly body: string;
}

/** Past `fetch`, which would hide that it decompressed. */
function ask(port: number, path = "/"): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { "accept-encoding": "gzip" };
    const outgoing = request({ host: "127.0.0.1", port, path, method: "POST", headers }, (incoming) => {
      const encoding = incoming.headers["content-encoding"];
      const cookies = incoming.headers["set-cookie"]?.length ?? 0;
      text(incoming.pipe(createGunzip())).then((body) => resolve({ encoding, cookies, body }), reject);
    });
    outgoing.on("error", reject).end();
  });
}

const use =
  (sessions: Sessions<Data>): RequestHandler =>
  async (incoming, _response, next) => {
    (await sessions.get(incoming)).set("count", 1);
    next();
  };

const orders: Record<string, (sessions: Sessions<Data>) => RequestHandler[]> = {
  "mounted before ours": (sessions) => [compression(), coatcheck(sessions), use(sessions)],
  "mounted after ours": (sessions) => [coatcheck(sessions), compression(), use(sessions)],
  "mounted after the session was used": (sessions) => [coatcheck(sessions), use(sessions), compression()],
};

async function asked(middlewares: RequestHandler[], answer: (response: Response) => unknown): Promise<Reply> {
  const app = express().use(...middlewares);
  app.use(async (_incoming, response) => {
    response.type("text");
    await answer(response);
  });
  const { port, close } = await listen(createServer(app));
  try {
    return await ask(port);
  } finally {
    await close();
  }
}

describe.each(Object.entries(orders))("the real compression, %s", (_order, mounted) => {
  test.each(Object.entries(streamed))("compresses %s, whole and with its cookie", async (_how, [body, answer]) => {
    expect(await asked(mounted(sessionsOn()), answer)).toEqual({ encoding: "gzip", cookies: 1, body });
  });

  test.each(Object.entries(streamed))("compresses %s into a store that is slow", async (_how, [body, answer]) => {
    const pause = barrier();
    const sessions = sessionsOn(faultyStore(memory(), startsLate("create", pause)));
    const asking = asked(mounted(sessions), answer);
    await pause.arrived();
    pause.release();
    expect(await asking).toEqual({ encoding: "gzip", cookies: 1, body });
  });
});

test("the real compression in main.ts compresses a file that a handler of Nest returns", async () => {
  const sessions = sessionsOn();
  const file = (body: string) => async (incoming: object) => {
    (await sessions.get(incoming)).set("count", 1);
    return new StreamableFile(pieces(body), { type: "text/csv" });
  };
  const routes = controllerOf({
    small: { on: [Post("small")], params: [Req()], run: file(small) },
    large: { on: [Post("large")], params: [Req()], run: file(large) },
  });
  await using app = await start("express", {
    imports: [nest(sessions)],
    controllers: [routes],
    main: (main) => main.use(compression()),
  });
  for (const [path, body] of Object.entries({ small, large })) {
    expect(await ask(app.port, `/${path}`)).toEqual({ encoding: "gzip", cookies: 1, body });
  }
});
