import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import compression from "compression";
import express, { type NextFunction, type Request, type RequestHandler, type Response } from "express";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSessions, type Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/express.ts";
import { barrier, fails, faultyStore, startsLate } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";

const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** As on-headers does it: told once, when the head is about to leave. */
function onHead(response: ServerResponse, listener: () => void): void {
  const writeHead = response.writeHead as (...args: unknown[]) => ServerResponse;
  let told = false;
  response.writeHead = (...args: unknown[]) => {
    if (!told) listener();
    told = true;
    return writeHead.apply(response, args);
  };
}

const compress = compression({ threshold: 0 });

/** Says what it says at the last moment, over what was there. */
const lastWord: RequestHandler = (_request, response, next) => {
  onHead(response, () => {
    response.setHeader("vary", "Accept");
    response.setHeader("set-cookie", "last=1");
  });
  next();
};

/** Keeps the pieces to itself until the end, of which there is one. */
const collect: RequestHandler = (_request, response, next) => {
  const end = response.end.bind(response);
  const pieces: Buffer[] = [];
  let ended = false;
  const keep = (piece: unknown): void => {
    if (typeof piece === "string" || Buffer.isBuffer(piece)) pieces.push(Buffer.from(piece));
  };
  response.write = (piece: unknown) => {
    keep(piece);
    return true;
  };
  response.end = (piece?: unknown) => {
    if (ended) return response;
    ended = true;
    keep(piece);
    return end(Buffer.concat(pieces));
  };
  next();
};

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Past `fetch`, which would do the decompressing. */
function ask(port: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const accepting = { host: "127.0.0.1", port, method: "POST", headers: { "accept-encoding": "gzip" } };
    const outgoing = request(accepting, (incoming) => {
      const { statusCode: status, headers } = incoming;
      const plain = headers["content-encoding"] === "gzip" ? incoming.pipe(createGunzip()) : incoming;
      text(plain).then((body) => resolve({ status, headers, body }), reject);
    });
    outgoing.on("error", reject).end();
  });
}

async function serving(
  middleware: RequestHandler[],
  sessions: Sessions<Data>,
  answer: RequestHandler,
): Promise<number> {
  const app = express()
    .disable("etag")
    .use(...middleware);
  app.use(async (incoming, response, next) => {
    (await sessions.get(incoming)).set("count", 1);
    // Nothing is compressed of which nobody knows what it is.
    response.type("text");
    answer(incoming, response, next);
  });
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => void response.send("sorry"));
  const { port, close } = await listen(createServer(app));
  closing.push(close);
  return port;
}

const inOnePiece: RequestHandler = (_request, response) => void response.send("piece".repeat(2000));

const pieceByPiece: RequestHandler = (_request, response) => {
  for (let n = 0; n < 2000; n++) response.write("piece");
  response.end();
};

const answers: Record<string, RequestHandler> = {
  "in one piece": inOnePiece,
  "piece by piece": pieceByPiece,
  "by a stream": (_request, response) => void Readable.from(Array.from({ length: 2000 }, () => "piece")).pipe(response),
};

const sides: Record<string, (other: RequestHandler, sessions: Sessions<Data>) => RequestHandler[]> = {
  "mounted before": (other, sessions) => [other, coatcheck(sessions)],
  "mounted after": (other, sessions) => [coatcheck(sessions), other],
  "mounted after the session was used": (other, sessions) => [
    coatcheck(sessions),
    async (incoming, _response, next) => {
      await sessions.get(incoming);
      next();
    },
    other,
  ],
};

/** A save that fails when the answer has been ended. */
async function failedLate(
  mounted: (sessions: Sessions<Data>) => RequestHandler[],
  answer: RequestHandler,
): Promise<Answer> {
  const pause = barrier();
  const store = faultyStore(faultyStore(memory(), fails("create")), startsLate("create", pause));
  const sessions = createSessions<Data>({ engine: store });
  const port = await serving(mounted(sessions), sessions, async (incoming, response, next) => {
    answer(incoming, response, next);
    while (!response.writableEnded) await setImmediate();
    pause.release();
  });
  return ask(port);
}

test.each(["mounted before", "mounted after"])(
  "a compression %s ours compresses what leaves, and only that",
  async (side) => {
    const reply = await failedLate((sessions) => sides[side]?.(compress, sessions) ?? [], inOnePiece);
    expect(reply).toMatchObject({ status: 503, body: "sorry", headers: { "content-encoding": "gzip" } });
  },
);

test("what waits for the head, mounted after ours, is told of the head that leaves, not of one that failed", async () => {
  const { status, headers } = await failedLate(
    (sessions) => sides["mounted after"]?.(lastWord, sessions) ?? [],
    (_request, response) => void response.writeHead(201, { "x-own": "1" }).end("piece"),
  );
  expect([status, headers["set-cookie"], headers["x-own"]]).toEqual([503, ["last=1"], undefined]);
});

describe.each(Object.entries(sides))("a middleware that wraps the response, %s ours", (side, mounted) => {
  test.each(Object.entries(answers))("compresses an answer %s, and the cookie comes with it", async (_how, answer) => {
    const sessions = createSessions<Data>({ engine: memory() });
    const reply = await ask(await serving(mounted(compress, sessions), sessions, answer));
    expect(reply).toMatchObject({ status: 200, headers: { "content-encoding": "gzip" } });
    expect(reply.headers.vary).toMatch(/\bCookie\b/);
    expect(reply.headers["set-cookie"]).toHaveLength(1);
    expect(reply.body).toBe("piece".repeat(2000));
  });

  test.each(Object.entries(answers))("leaves nothing of a compressed answer %s that failed", async (_how, answer) => {
    const sessions = createSessions<Data>({ engine: faultyStore(memory(), fails("create")) });
    const reply = await ask(await serving(mounted(compress, sessions), sessions, answer));
    expect(reply.status).toBe(503);
    expect(["", "sorry"]).toContain(reply.body);
    expect(reply.headers.vary).toMatch(/\bCookie\b/);
  });

  test("is out of the error handler's way after an answer that it took for the last", async () => {
    for (const answer of [inOnePiece, pieceByPiece]) {
      const reply = await failedLate((sessions) => mounted(collect, sessions), answer);
      expect(reply).toMatchObject({ status: 503, body: "sorry" });
    }
  });

  test.each(Object.entries(answers))(
    "has its say in the head of an answer %s at the last moment",
    async (_, answer) => {
      for (const saved of [true, false]) {
        const engine = saved ? memory() : faultyStore(memory(), fails("create"));
        const sessions = createSessions<Data>({ engine });
        const { status, headers } = await ask(await serving(mounted(lastWord, sessions), sessions, answer));
        expect([status, headers["set-cookie"]?.[0]]).toEqual([saved ? 200 : 503, "last=1"]);
        // Wrapped by ours, it comes after ours.
        if (side === "mounted before") continue;
        expect(headers.vary).toBe("Accept, Cookie");
        expect(headers["set-cookie"]).toHaveLength(saved ? 2 : 1);
      }
    },
  );
});
