import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type Cut = "hangs up" | "swallows everything";

/** Between one process and a server: a network that fails for that process alone. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  cut(how: Cut): void;
  heal(): void;
}

export async function openProxy(target: string): Promise<Proxy> {
  const url = new URL(target);
  const { hostname, port } = url;
  const sockets = new Set<Socket>();
  let cut: Cut | undefined;
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  const proxy = createServer((client) => {
    if (cut === "hangs up") {
      client.destroy();
      return;
    }
    const server = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => from.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on("data", (data) => {
        if (cut === undefined) to.write(data);
      });
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  url.hostname = "127.0.0.1";
  url.port = String((proxy.address() as AddressInfo).port);

  return {
    url: url.href,
    cut(how) {
      cut = how;
      if (how === "hangs up") hangUp();
    },
    heal() {
      cut = undefined;
      // What was swallowed does not come again; only new connections are whole.
      hangUp();
    },
    async [Symbol.asyncDispose]() {
      hangUp();
      const closed = once(proxy, "close");
      proxy.close();
      await closed;
    },
  };
}
