import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

/**
 * Authenticated encryption (AES-256-GCM) with keys derived from the settings' secrets.
 *
 * Each message has a key and a nonce of its own, derived from 24 random bytes that go with it: a random nonce under one
 * key would have to be changed after some 2^32 messages, which a busy site writes in a year. What is sealed for one
 * purpose, or in one context, opens in no other.
 */
export interface Sealer {
  /** @param context What the text belongs to, such as the id of its record. It is not hidden, and not part of the result. */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** `undefined` unless one of the secrets sealed it, for this purpose and context, and not a bit has changed since. */
  unseal(sealed: Uint8Array, context: string): Uint8Array | undefined;
}

const saltLength = 24;
const tagLength = 16;

/**
 * @param secrets Newest first: the first seals, all unseal. At least one.
 * @param purpose Tells one use of the secrets from every other.
 */
export function sealer(secrets: readonly string[], purpose: string): Sealer {
  const keys = secrets.map((secret) => createHmac("sha256", secret).update(`coatcheck ${purpose} v1`).digest());
  const [newest] = keys;
  if (newest === undefined) throw new RangeError("sealer: expected at least one secret, got none.");

  return {
    seal(plain, context) {
      const salt = randomBytes(saltLength);
      const cipher = createCipheriv("aes-256-gcm", ...keyOf(newest, salt)).setAAD(Buffer.from(context));
      return Buffer.concat([salt, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },

    unseal(sealed, context) {
      if (sealed.length < saltLength + tagLength) return undefined;
      const salt = sealed.subarray(0, saltLength);
      const text = sealed.subarray(saltLength, -tagLength);
      const tag = sealed.subarray(-tagLength);
      for (const key of keys) {
        const decipher = createDecipheriv("aes-256-gcm", ...keyOf(key, salt), { authTagLength: tagLength });
        decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
        try {
          return Buffer.concat([decipher.update(text), decipher.final()]);
        } catch {
          // Not sealed with this key, or changed since: which of the two, nobody can tell.
        }
      }
      return undefined;
    },
  };
}

function keyOf(master: Uint8Array, salt: Uint8Array): [key: Uint8Array, nonce: Uint8Array] {
  const derived = createHmac("sha512", master).update(salt).digest();
  return [derived.subarray(0, 32), derived.subarray(32, 44)];
}
