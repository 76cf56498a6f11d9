import { once } from "node:events";
import { io, type Socket } from "socket.io-client";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { withoutTable } from "./broken-sqlite.ts";
import { rawSocket, sendBadFrame, textFrame } from "./raw-socket.ts";
import { type Runtime, withProgram } from "./walk-example.ts";

/**
 * What a program with sessions and sockets does: counts visits over HTTP, tells them over the socket, closes it on log-out,
 * and outlives its visitors and its store. One with a runtime of its own is taken to have no store that could fail.
 */
export async function walkWebSocket(file: string, cwd: string, runtime?: Runtime): Promise<void> {
  const walk = async (base: string): Promise<void> => {
    const headers = await firstVisit(base);
    const client = dial(base, headers);
    const closed = once(client, "close");
    expect(await said(client)).toBe("1 visits");
    expect(await visit(base, headers)).toContain("Visit 2");
    client.send("and now?");
    expect(await said(client)).toBe("2 visits");
    const rude = await rawSocket(base, "/socket", headers);
    await visit(base, headers, "POST");
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4401, "flushed"]);
    // Not closed at its own end, so it goes on talking in a session that is over.
    rude.write(textFrame("and now?"));
    await sendBadFrame(rude);
    await sendBadFrame(await rawSocket(base, "/socket", { origin: headers.origin }));

    const stranger = dial(base, { origin: headers.origin });
    expect(await said(stranger)).toBe("0 visits");
    stranger.terminate();
    await expect(said(dial(base, { ...headers, origin: "http://evil.localhost" }))).rejects.toThrow("403");
    if (runtime === undefined) await outage(base, cwd);
    await firstVisit(base);
  };
  await withProgram(file, cwd, walk, { quiet: true, ...(runtime && { runtime }) });
}

/** Neither an answer nor the end of the program: it closes the sockets that ask, and refuses others. */
async function outage(base: string, cwd: string): Promise<void> {
  const headers = await firstVisit(base);
  const client = dial(base, headers);
  expect(await said(client)).toBe("1 visits");
  await withoutTable(cwd, async () => {
    const closed = once(client, "close");
    client.send("and now?");
    expect((await closed)[0]).toBe(1011);
    await expect(said(dial(base, headers))).rejects.toThrow("503");
  });
  expect(await said(dial(base, headers))).toBe("1 visits");
}

/** The same over socket.io. */
export async function walkSocketIo(file: string, cwd: string): Promise<void> {
  await withProgram(
    file,
    cwd,
    async (base) => {
      const headers = await firstVisit(base);
      const client = call(base, headers);
      const closed = heard(client, "disconnect");
      expect(await client.emitWithAck("visits")).toBe(1);
      expect(await visit(base, headers)).toContain("Visit 2");
      expect(await client.emitWithAck("visits")).toBe(2);
      client.emit("visits").emit("visits", "no function");
      expect(await client.emitWithAck("visits")).toBe(2);
      await visit(base, headers, "POST");
      expect(await closed).toBe("transport close");
      await heard(call(base, { origin: "http://evil.localhost" }), "connect_error");

      const path = "/socket.io/?EIO=4&transport=websocket";
      await sendBadFrame(await rawSocket(base, path, { origin: headers.origin }));
      await outageOnSocketIo(base, cwd);
      await firstVisit(base);
    },
    { quiet: true },
  );
}

async function outageOnSocketIo(base: string, cwd: string): Promise<void> {
  const headers = await firstVisit(base);
  const client = call(base, headers);
  expect(await client.emitWithAck("visits")).toBe(1);
  await withoutTable(cwd, async () => {
    const closed = heard(client, "disconnect");
    client.emit("visits", () => undefined);
    expect(await closed).toBe("transport close");
    expect(String(await heard(call(base, headers), "connect_error"))).toBe("Error: try again");
  });
  expect(await call(base, headers).emitWithAck("visits")).toBe(1);
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

function call(base: string, headers: Record<string, string>): Socket {
  return io(base, { extraHeaders: headers, reconnection: false, forceNew: true });
}

/** The next thing that the server says; rejects when it refuses the socket. */
async function said(client: WebSocket): Promise<string> {
  const [data] = (await once(client, "message")) as [Buffer];
  return data.toString();
}

function heard(client: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => client.once(event, resolve));
}
