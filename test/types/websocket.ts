// The types of sockets' sessions, as a user meets them. `@ts-expect-error` lines are the point: each must stay an error.
import { createSessions, type Session } from "coatcheck";
import { memory } from "coatcheck/memory";
import { coatcheck, type SessionEnd, type SocketSession } from "coatcheck/websocket";
import { Hono } from "hono";
import { createServer, type IncomingMessage } from "node:http";
import { Server } from "socket.io";
import { WebSocketServer } from "ws";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Data {
  visits: number;
  theme: "light" | "dark";
}

const sessions = createSessions<Data>({ engine: memory() });
const open = coatcheck(sessions, { interval: 10 });

export async function upgrade(request: IncomingMessage): Promise<void> {
  const opened = await open(request);
  assertType<Equal<typeof opened, SocketSession<Data>>>();
  const { session, ended, check, close } = opened;
  assertType<Equal<typeof session, Session<Data>>>();
  session.set("theme", "dark").update("visits", (n = 0) => n + 1);
  // @ts-expect-error a wrong key
  session.get("vists");
  // @ts-expect-error a wrong value
  session.set("visits", "1");
  // @ts-expect-error the session is not yours to replace
  opened.session = session;

  const why = await ended;
  assertType<Equal<typeof why, SessionEnd>>();
  assertType<Equal<SessionEnd, "flushed" | "revoked" | "cycled" | "expired" | "gone">>();
  const end = await check();
  assertType<Equal<typeof end, SessionEnd | undefined>>();
  // @ts-expect-error a reason there is not
  why === "timeout";
  close();
}

// What each server shows of the upgrade.
const server = createServer();
server.on("upgrade", (request) => void open(request));
server.on("upgrade", (request, socket) => void open(request, socket));
new WebSocketServer({ server }).on("connection", (ws, request) => void open(request, ws));
new Server(server).use((socket) => void open(socket.request, socket.conn));
new Hono().get("/", async (c) => {
  const { session } = await open(c.req.raw);
  assertType<Equal<typeof session, Session<Data>>>();
  return c.text("upgraded");
});
export const fetched = open(new Request("https://localhost/"));

// @ts-expect-error a request without headers
void open({ url: "/" });
// @ts-expect-error a connection that does not tell when it closes
void open(new Request("https://localhost/"), {});
// @ts-expect-error an option there is not
coatcheck(sessions, { intervall: 10 });
// @ts-expect-error an option of another type
coatcheck(sessions, { interval: "10s" });
