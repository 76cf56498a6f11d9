import { type Codec, json } from "../core/codec.ts";
import { bool, check, codecRule, type Rule, secretsRule } from "../core/options.ts";
import { sealer } from "../core/seal.ts";

export interface EncryptedOptions<Rich = never> {
  /** What makes the text that is encrypted: `compressed()`, `devalue()`, both. @default JSON */
  codec?: Codec<Rich>;
  /**
   * Also takes payloads that are not encrypted, and encrypts them when they are next written or renewed: for turning
   * encryption on without signing anybody out. As long as it is on, whoever can write to the store can make up data, as
   * without encryption. Turn it off after the longest timeout of your sessions.
   * @default false
   */
  readPlain?: boolean;
}

const rules: Record<keyof EncryptedOptions, Rule> = {
  codec: codecRule,
  readPlain: bool,
};

/** The first byte under the encryption: whether `options.codec` has sealed (compressed) what follows. */
const asText = 0;
const asSealed = 1;

/**
 * Payloads are unreadable in the store: AES-256-GCM, with the session's id as associated data, so that the payload of one
 * record is worth nothing in another. Ids, user ids and instants stay readable, being what a store works with; so
 * does the length. What does not open is `CorruptPayload`.
 *
 * @param secrets Newest first; the older ones go on opening. Each at least 32 characters. They may be the same as
 * those of `createSessions`: keys are derived for this purpose alone. Losing them loses the data.
 * @throws InvalidOption
 * @example createSessions<Data>({ codec: encrypted([process.env["SESSION_SECRET"] ?? ""]) })
 */
export function encrypted<Rich>(
  secrets: readonly string[],
  options: EncryptedOptions<Rich> & { codec: Codec<Rich> },
): Codec<NoInfer<Rich>>;
export function encrypted(secrets: readonly string[], options?: EncryptedOptions): Codec;
export function encrypted(secrets: readonly string[], options: EncryptedOptions = {}): Codec {
  check("encrypted", options, rules);
  // Not left out, as an option that is undefined would be.
  check("encrypted", { secrets: secrets ?? null }, { secrets: secretsRule });
  const { codec = json, readPlain = false } = options;
  const { seal, unseal } = sealer(secrets, "payload");
  const newest = sealer(secrets.slice(0, 1), "payload");
  const mayBeOld = readPlain || secrets.length > 1;

  return {
    name: `encrypted(${codec.name})`,
    stringify: (value, subject, limits) => codec.stringify(value, subject, limits),
    parse: (text, limits) => codec.parse(text, limits),
    sealing: {
      required: !readPlain,
      seal(plain, id) {
        const inner = codec.sealing?.seal(plain, id);
        return seal(Buffer.concat([Buffer.of(inner === undefined ? asText : asSealed), inner ?? plain]), id);
      },
      unseal(sealed, id, limits) {
        const opened = unseal(sealed, id);
        if (opened === undefined) throw new Error("It does not open.");
        const inner = opened.subarray(1);
        if (opened[0] === asText) return inner;
        if (codec.sealing === undefined) throw new Error("It was compressed, and this codec does not compress.");
        return codec.sealing.unseal(inner, id, limits);
      },
      // Opened it was before: with one secret, and nothing plain taken, there is nothing to find out.
      ...(mayBeOld && {
        isCurrent: (sealed: Uint8Array | undefined, id: string) =>
          sealed !== undefined && newest.unseal(sealed, id) !== undefined,
      }),
    },
  };
}
