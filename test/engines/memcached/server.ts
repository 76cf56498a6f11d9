import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { MemcacheClient } from "memcache-client";
import { afterAll } from "vitest";

export const memcachedUrl = process.env["COATCHECK_TEST_MEMCACHED_URL"];

/** Keys of this test's own: other files, and other processes, are at work on the same server. */
export function ownPrefix(): string {
  return `t-${randomBytes(9).toString("base64url")}:`;
}

/** A client as an application has it; shut down at the end of the file, by us and nobody else. */
export function clientOf(url: string): MemcacheClient {
  const client = new MemcacheClient({ server: new URL(url).host });
  afterAll(() => client.shutdown());
  return client;
}

/** What memcached itself answers to these lines: one line, of one command. */
export async function ask(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`${command}\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString().trimEnd();
}
