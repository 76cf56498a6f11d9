import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createApp } from "./app.ts";
import { sessions } from "./sessions.ts";

/** Nobody but this machine: a demo has no business on the network. */
const host = "127.0.0.1";
/** What is under way may finish; a connection that is merely open must not keep us. */
const patience = 2000;

const server = createServer(createApp());
const port = await listen(server, wantedPort());
console.log(`The Coatcheck demo is at http://127.0.0.1:${port}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());

async function stop(): Promise<void> {
  const closed = once(server, "close");
  server.close();
  setTimeout(() => server.closeAllConnections(), patience).unref();
  await closed;
  // Only now: a request under way still needs its store.
  await sessions[Symbol.asyncDispose]();
}

/** On this port, or on any other one that is free. */
async function listen(target: Server, wanted: number): Promise<number> {
  try {
    return await listenOn(target, wanted);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    return listenOn(target, 0);
  }
}

async function listenOn(target: Server, wanted: number): Promise<number> {
  target.listen(wanted, host);
  await once(target, "listening");
  const address = target.address();
  return typeof address === "object" && address !== null ? address.port : wanted;
}

function wantedPort(): number {
  const text = process.env["PORT"] || "3000";
  const wanted = Number(text);
  if (Number.isInteger(wanted) && wanted >= 0 && wanted <= 65_535) return wanted;
  throw new Error(`PORT: expected a number from 0 to 65535; got "${text}".`);
}
