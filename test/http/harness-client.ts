import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { connect } from "node:http2";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Adapter } from "./harness-adapter.ts";
import { tls } from "./harness-node.ts";
import { InFlight } from "./harness-reply.ts";

export interface Sent {
  readonly method?: string;
  readonly path: string;
  /** As it goes over the wire; a list in pieces, which HTTP/2 sends as header fields of their own. */
  readonly cookie?: string | readonly string[] | undefined;
}

/** Real sockets to one server. */
export interface Client {
  send(request: Sent): InFlight;
  close(): void;
}

/** @param sockets Most connections at once. With HTTP/2 there is one, whatever the number. */
export function openClient(adapter: Adapter, port: number, sockets = 256): Client {
  return adapter.http2 ? http2Client(adapter, port) : http1Client(adapter, port, sockets);
}

function http1Client({ secure }: Adapter, port: number, maxSockets: number): Client {
  const options = { keepAlive: true, maxSockets };
  const agent = secure ? new HttpsAgent({ ...options, ca: tls.cert }) : new HttpAgent(options);
  const request = secure ? httpsRequest : httpRequest;
  return {
    send({ method = "GET", path, cookie }) {
      const headers = cookie === undefined ? {} : { cookie: typeof cookie === "string" ? cookie : [...cookie] };
      const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent });
      const pending = new InFlight(() => outgoing.destroy());
      outgoing.on("socket", (socket) => {
        const count = (chunk: Buffer): void => pending.count(chunk.length);
        socket.on("data", count);
        outgoing.once("close", () => socket.off("data", count));
      });
      outgoing.on("response", (incoming) => {
        const { statusCode = 0, statusMessage = "", rawHeaders } = incoming;
        pending.start(statusCode, statusMessage, rawHeaders);
        incoming.on("data", (chunk: Buffer) => pending.push(chunk));
        incoming.on("end", () => pending.end());
        incoming.on("error", (error) => pending.fail(error));
      });
      outgoing.on("error", (error) => pending.fail(error));
      outgoing.on("close", () => pending.fail(new Error("the connection is closed")));
      outgoing.end();
      return pending;
    },
    close: () => agent.destroy(),
  };
}

function http2Client({ secure }: Adapter, port: number): Client {
  const session = connect(`${secure ? "https" : "http"}://127.0.0.1:${port}`, { ca: tls.cert });
  // Every stream on it reports the same error, to the test that waits for it.
  session.on("error", () => {});
  return {
    send({ method = "GET", path, cookie }) {
      const headers = cookie === undefined ? {} : { cookie: typeof cookie === "string" ? cookie : [...cookie] };
      const stream = session.request({ ":method": method, ":path": path, ...headers });
      const pending = new InFlight(() => stream.destroy());
      stream.on("response", (...[received, , raw]: [Record<string, unknown>, number, string[]?]) => {
        // Frames of other streams share the connection, so what came for this one is counted from its own headers on.
        pending.count(1);
        pending.start(Number(received[":status"]), "", raw ?? []);
      });
      stream.on("data", (chunk: Buffer) => {
        pending.count(chunk.length);
        pending.push(chunk);
      });
      stream.on("error", (error) => pending.fail(error));
      stream.on("aborted", () => pending.fail(new Error("the server cut the stream")));
      stream.on("close", () => pending.fail(new Error("the stream is closed")));
      stream.on("end", () => pending.end());
      stream.end();
      return pending;
    },
    close: () => session.destroy(),
  };
}
