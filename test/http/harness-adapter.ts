import type { Server } from "node:http";
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { SessionError } from "../../src/index.ts";
import type { Sessions } from "../../src/index.ts";
import type { Data, RawResponse, Routes } from "./harness-call.ts";

/** What an adapter cannot have, so that its cases are shown as exempt with the reason. */
export type Feature = "response" | "statusMessage" | "endOfUnused" | "secureAuto";

export interface Setup {
  readonly sessions: Sessions<Data>;
  readonly routes: Routes;
  /** Told what reaches the framework's error handler; `undefined`: the application has none, the default answers. */
  readonly onError: ((error: unknown) => void) | undefined;
}

export interface Adapter {
  readonly name: string;
  readonly secure: boolean;
  readonly http2: boolean;
  readonly lacks: Partial<Record<Feature, string>>;
  /** What takes long and is done once: building an app. */
  prepare?(): Promise<void>;
  /** Boots a real server on a free port of 127.0.0.1. */
  start(setup: Setup): Promise<Running>;
}

export interface Running {
  readonly port: number;
  close(): Promise<void>;
}

export async function listen(server: Server | Http2Server | Http2SecureServer): Promise<Running> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function pathOf(url: string | undefined): string {
  return new URL(url ?? "/", "http://localhost").pathname;
}

/** The error handler that every application here has, in the manner of its framework. */
export function answerError(error: unknown, response: RawResponse): void {
  response.statusCode = statusFor(error);
  response.end(bodyFor(error));
}

export function statusFor(error: unknown): number {
  return error instanceof SessionError ? error.status : 500;
}

export function bodyFor(error: unknown): string {
  return `error handler: ${error instanceof SessionError ? error.code : "OTHER"}`;
}
