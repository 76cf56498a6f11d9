import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { createSessions } from "coatcheck";
import { coatcheck as onNode } from "coatcheck/node";
import { coatcheck } from "coatcheck/websocket";
import { WebSocketServer } from "ws";

interface Data {
  visits: number;
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite
const port = Number(process.env["PORT"] ?? 3000);
const origin = `http://localhost:${port}`;

const server = createServer(
  onNode(sessions, async (request, response) => {
    if (request.url !== "/") return void response.writeHead(404).end();
    const session = await sessions.get(request);
    if (request.method === "POST") await session.flush(); // log out: closes every socket of this session
    else session.update("visits", (n = 0) => n + 1);
    response.setHeader("Content-Type", "text/html");
    response.end(page(session.get("visits", 0)));
  }),
);

const open = coatcheck(sessions);
const sockets = new WebSocketServer({ noServer: true });

async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  // From a page of a related site, a browser sends this visitor's cookie too.
  if (request.headers.origin !== origin) return refuse(socket, "403 Forbidden");
  try {
    const { session, ended } = await open(request); // by the cookie of the upgrade; a new session without
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on("error", () => ws.terminate()); // what is no frame
      void ended.then((why) => ws.close(4401, why)); // logged out, revoked, expired …
      const tell = (): void => ws.send(`${session.get("visits", 0)} visits`);
      ws.on("message", () => void session.reload().then(tell, () => ws.close(1011)));
      tell();
    });
  } catch (error) {
    console.error(error); // the store is down: nobody knows who this is
    refuse(socket, "503 Service Unavailable");
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}

server.on("upgrade", (request, socket, head) => {
  socket.on("error", () => socket.destroy()); // hung up while the store was asked
  void upgrade(request, socket, head);
});

server.listen(port, "127.0.0.1", () => console.log(`${origin}/`));

function page(visits: number): string {
  return `<!doctype html>
<p>Visit ${visits}</p>
<p id="told"></p>
<form method="post"><button>Log out</button></form>
<script>
  const socket = new WebSocket(location.origin.replace("http", "ws"));
  socket.onmessage = ({ data }) => (told.textContent = data);
  socket.onclose = ({ reason }) => (told.textContent = "closed: " + reason);
</script>`;
}
