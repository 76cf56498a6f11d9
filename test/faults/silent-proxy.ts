import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** Only for waiting out a network that says nothing: what is tested is that a bound in real time ends it. */
export async function later(milliseconds: number): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return false;
}

/** Between a client and its server: says nothing any more on the first connection that sends such text, either way. */
export async function silentOnce(target: string, text: string) {
  const url = new URL(target);
  const { hostname, port } = url;
  let silent: Socket | undefined;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
    client.on("data", (data) => {
      if (silent === undefined && data.includes(text)) silent = client;
      if (silent !== client) server.write(data);
    });
    server.on("data", (data) => {
      if (silent !== client) client.write(data);
    });
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  url.hostname = "127.0.0.1";
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    fellSilent: () => silent !== undefined,
    async endSilent() {
      if (silent === undefined || silent.closed) return;
      const closed = once(silent, "close");
      silent.destroy();
      await closed;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(proxy, "close");
      proxy.close();
      await closed;
    },
  };
}
