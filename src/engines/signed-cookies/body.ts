import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Draft } from "../../core/engine.ts";

/** A number or text that the app changes for a user when all that user's sessions are to end. */
export type Epoch = number | string;

/** What is inside the envelope: the record, and the user's epoch when it signed in. */
export interface Body extends Draft {
  readonly epoch: Epoch | undefined;
}

/** Most bytes of a body, packed or not: a cookie of 4096 characters can hold the deflate of some millions. */
const largestBody = 1_048_576;

const plain = 0;
const deflated = 1;

/** A line of JSON and, as it is, the payload: quoted in JSON once more it would be a fifth longer. */
export function encodeBody(
  { id, createdAt, renewedAt, expiresAt, userId, epoch, payload }: Body,
  pack: boolean,
): Uint8Array {
  const head = JSON.stringify([id, createdAt, renewedAt, expiresAt, userId ?? null, epoch ?? null]);
  const bytes = Buffer.from(`${head}\n${payload}`);
  // Nothing to gain from what could not be read again.
  const packed = pack && bytes.length <= largestBody ? deflateRawSync(bytes) : bytes;
  return packed.length < bytes.length ? flagged(deflated, packed) : flagged(plain, bytes);
}

/** Of bytes that came out of our own envelope. `undefined` when they are not of this shape, as after an update of ours. */
export function decodeBody(content: Uint8Array): Body | undefined {
  const text = unpacked(content)?.toString() ?? "";
  const end = text.indexOf("\n");
  if (end < 0) return undefined;
  const head = JSON.parse(text.slice(0, end)) as [string, number, number, number, string | null, Epoch | null];
  const [id, createdAt, renewedAt, expiresAt, userId, epoch] = head;
  const payload = text.slice(end + 1);
  return { id, createdAt, renewedAt, expiresAt, userId: userId ?? undefined, epoch: epoch ?? undefined, payload };
}

function flagged(flag: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(flag), bytes]);
}

function unpacked(content: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(content.subarray(1));
  if (content[0] === plain) return bytes;
  if (content[0] !== deflated) return undefined;
  return inflateRawSync(bytes, { maxOutputLength: largestBody });
}
