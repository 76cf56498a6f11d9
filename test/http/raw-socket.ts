import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** The end of a WebSocket that keeps to no rules: what it sends is up to the test, and it does not answer when it is closed. */
export async function rawSocket(base: string, path: string, headers: Record<string, string>): Promise<Socket> {
  const { hostname, port, host } = new URL(base);
  const socket = connect(Number(port), hostname);
  // Whoever is sent rubbish may hang up as rudely.
  socket.on("error", () => undefined);
  const lines = Object.entries({
    host,
    ...headers,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.alloc(16).toString("base64"),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  await once(socket, "data");
  return socket;
}

/** A short text, masked as a client has to. */
export function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

/** Sends a frame of a kind that there is not, and waits until the server has hung up. Some do that as soon as they say good-bye. */
export async function sendBadFrame(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = once(socket, "close");
  socket.resume().write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
  await closed;
}
