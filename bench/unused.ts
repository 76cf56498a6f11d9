// What a request on Node that uses no session costs: microseconds of processor for one request and its answer, without us and with us, and
// bytes that one in flight keeps. `OTHER` names the `dist` of another version to be measured beside it, turn by turn.
//
//   node --expose-gc bench/unused.ts
//   OTHER=/path/to/dist node --expose-gc bench/unused.ts
import { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { memory } from "../src/engines/memory.ts";
import { coatcheck } from "../src/http/adapters/node.ts";
import { createSessions } from "../src/index.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const answer: Listener = (_request, response) => void response.end("page");
const listeners: Record<string, Listener> = {
  "without us": answer,
  "with us": coatcheck(createSessions({ engine: memory() }), answer),
};
const other = process.env["OTHER"];
if (other !== undefined) listeners["with the other"] = await mountedBy(resolve(other));

const nowhere = new PassThrough().resume() as never;
const best = new Map<string, number>();
for (let round = 0; round < 12; round += 1) {
  for (const [name, listener] of Object.entries(listeners)) {
    const figure = await microseconds(listener);
    best.set(name, Math.min(figure, best.get(name) ?? Infinity));
  }
}
for (const [name, listener] of Object.entries(listeners)) {
  const columns = [name.padEnd(16), `${best.get(name)?.toFixed(2)} µs`, `${bytesInFlight(listener)} bytes`];
  process.stdout.write(`${columns.join("\t")}\n`);
}

/** Some at a time, turn after turn, as a server has them. */
async function microseconds(listener: Listener): Promise<number> {
  globalThis.gc?.();
  const requests = 10_000;
  const begin = process.cpuUsage();
  for (let count = 0; count < requests; count += 1) {
    serve(listener);
    if (count % 20 === 0) await nextTurn();
  }
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / requests;
}

function bytesInFlight(listener: Listener): number {
  const kept: unknown[] = [];
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 2000; count += 1) kept.push(serve(listener));
  globalThis.gc?.();
  return Math.round((process.memoryUsage().heapUsed - before) / kept.length);
}

function serve(listener: Listener): unknown {
  const request = new IncomingMessage(nowhere);
  request.method = "GET";
  const response = new ServerResponse(request);
  listener(request, response);
  return [request, response];
}

async function mountedBy(dist: string): Promise<Listener> {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(`${dist}/${path}`).href);
  const index = (await load("index.js")) as { createSessions: typeof createSessions };
  const engine = (await load("engines/memory.js")) as { memory: typeof memory };
  const adapter = (await load("http/adapters/node.js")) as { coatcheck: typeof coatcheck };
  return adapter.coatcheck(index.createSessions({ engine: engine.memory() }), answer);
}
