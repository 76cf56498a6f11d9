import { createServer as createHttp } from "node:http";
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { describe, expect, test } from "vitest";
import { createSessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/node.ts";
import { fails, faultyStore } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data, RawResponse } from "./harness-call.ts";
import { openClient } from "./harness-client.ts";
import { adapterNamed } from "./harness.ts";

const begins: Record<string, (response: RawResponse) => void> = {
  writeHead(response) {
    response.writeHead(503, { "x-own": "1" });
    response.end();
  },
  "end alone": (response) => void response.end(),
  "end with a body": (response) => void response.end("sorry"),
  write(response) {
    response.write("sorry");
    response.end();
  },
  flushHeaders(response) {
    response.flushHeaders();
    response.end();
  },
};

describe.each(["node http", "node http2 without TLS"])("the answer to a failed save: %s", (name) => {
  test.each(Object.entries(begins))("says Vary also when it begins with %s", async (_begin, answer) => {
    const sessions = createSessions<Data>({ engine: faultyStore(memory(), fails("create")) });
    const handle = coatcheck<Data, Http2ServerRequest, Http2ServerResponse>(
      sessions,
      async (request, response) => {
        (await sessions.get(request)).set("count", 1);
        response.end("saved?");
      },
      { onError: (_error, _request, response) => answer(response as unknown as RawResponse) },
    );
    const server = await listen(name === "node http" ? createHttp(handle as never) : createHttp2(handle));
    const client = openClient(adapterNamed(name), server.port);
    const reply = await client.send({ path: "/", method: "POST" }).reply;
    expect([reply.status, reply.header("vary")]).toEqual([503, "Cookie"]);
    client.close();
    await server.close();
  });
});
