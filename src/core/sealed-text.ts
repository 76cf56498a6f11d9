import { type Codec, corrupt, type Sealing } from "./codec.ts";
import type { DataLimits } from "./json.ts";

/** A payload as the store has it, and back. */
export interface SealedText {
  seal(plain: string, id: string): string;
  /** @throws CorruptPayload */
  unseal(payload: string, id: string): string;
  /** Whether `seal` would still do it like this. */
  isCurrent(payload: string, id: string): boolean;
}

/** Neither JSON nor devalue begins a text with it, so a plain payload is never taken for a sealed one. */
const mark = ".";

export function sealedText({ name }: Codec, sealing: Sealing, limits: DataLimits): SealedText {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // A code unit is at most three bytes, which base64 makes four characters; and the sealing may add some of its own.
  const longest = limits.payloadLength * 4 + 1024;

  return {
    seal(plain, id) {
      const sealed = sealing.seal(Buffer.from(plain), id);
      return sealed === undefined ? plain : mark + Buffer.from(sealed).toString("base64url");
    },

    unseal(payload, id) {
      // A store is not ours, and may be of untyped code.
      if (typeof payload !== "string") throw corrupt(id, "it is not a text");
      if (!payload.startsWith(mark)) {
        if (sealing.required) throw corrupt(id, `it is plain, and the codec "${name}" takes no plain payload`);
        return payload;
      }
      if (payload.length > longest) throw corrupt(id, "it is longer than limits.payloadLength");
      try {
        return utf8.decode(sealing.unseal(bytesOf(payload), id, limits));
      } catch {
        // Without its error: whatever it says of the payload must not reach a log.
        throw corrupt(id, `the codec "${name}" did not seal it, for this session and with these secrets`);
      }
    },

    isCurrent: (payload, id) =>
      sealing.isCurrent?.(payload.startsWith(mark) ? bytesOf(payload) : undefined, id) ?? true,
  };
}

function bytesOf(payload: string): Buffer {
  return Buffer.from(payload.slice(mark.length), "base64url");
}
