import { once } from "node:events";
import { io, type Socket } from "socket.io-client";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { type Runtime, withProgram } from "./walk-example.ts";

/** What a program with sessions and sockets does: counts visits over HTTP, tells them over the socket, closes it on log-out. */
export async function walkWebSocket(file: string, cwd: string, runtime?: Runtime): Promise<void> {
  const walk = async (base: string): Promise<void> => {
    const headers = await firstVisit(base);
    const client = dial(base, headers);
    const closed = once(client, "close");
    expect(await said(client)).toBe("1 visits");
    expect(await visit(base, headers)).toContain("Visit 2");
    client.send("and now?");
    expect(await said(client)).toBe("2 visits");
    await visit(base, headers, "POST");
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4401, "flushed"]);

    const stranger = dial(base, { origin: headers.origin });
    expect(await said(stranger)).toBe("0 visits");
    stranger.terminate();
    await expect(said(dial(base, { ...headers, origin: "http://evil.localhost" }))).rejects.toThrow("403");
  };
  await withProgram(file, cwd, walk, runtime && { runtime });
}

/** The same over socket.io. */
export async function walkSocketIo(file: string, cwd: string): Promise<void> {
  await withProgram(file, cwd, async (base) => {
    const headers = await firstVisit(base);
    const client = io(base, { extraHeaders: { ...headers }, reconnection: false });
    const closed = heard(client, "disconnect");
    expect(await heard(client, "visits")).toBe(1);
    expect(await visit(base, headers)).toContain("Visit 2");
    expect(await client.emitWithAck("reload")).toBe(2);
    await visit(base, headers, "POST");
    expect(await closed).toBe("transport close");
    const stranger = io(base, { extraHeaders: { origin: "http://evil.localhost" }, reconnection: false });
    await heard(stranger, "connect_error");
  });
}

interface Headers extends Record<string, string> {
  readonly cookie: string;
  readonly origin: string;
}

/** As a page of the program sends them from then on. */
async function firstVisit(base: string): Promise<Headers> {
  const visited = await fetch(base);
  expect(await visited.text()).toContain("Visit 1");
  const [line = ""] = visited.headers.getSetCookie();
  return { cookie: line.split(";")[0] ?? "", origin: `http://localhost:${new URL(base).port}` };
}

async function visit(base: string, { cookie }: Headers, method = "GET"): Promise<string> {
  return (await fetch(base, { method, headers: { cookie } })).text();
}

function dial(base: string, headers: Record<string, string>): WebSocket {
  return new WebSocket(`${base.replace("http", "ws")}/socket`, { headers });
}

/** The next thing that the server says; rejects when it refuses the socket. */
async function said(client: WebSocket): Promise<string> {
  const [data] = (await once(client, "message")) as [Buffer];
  return data.toString();
}

function heard(client: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => client.once(event, resolve));
}
