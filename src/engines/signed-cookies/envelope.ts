import { createHmac } from "node:crypto";
import { sealer } from "../../core/seal.ts";
import { sameText } from "../../core/token.ts";

/** How bytes become a cookie value that only we can have made. There is one kind per setting, and no second try. */
export interface Envelope {
  close(content: Uint8Array): string;
  /** `undefined` unless one of the secrets closed it and not a character has changed since. */
  open(cookie: string): Uint8Array | undefined;
}

const signatureLength = 43;

/** Anybody can read what is inside; nobody can change it. */
export function signed(secrets: readonly string[], purpose: string): Envelope {
  const keys = secrets.map((secret) => createHmac("sha256", secret).update(`coatcheck ${purpose} v1`).digest());
  const sign = (text: string, key: Uint8Array | undefined): string =>
    key === undefined ? "" : createHmac("sha256", key).update(text).digest("base64url");
  return {
    close(content) {
      const text = Buffer.from(content).toString("base64url");
      return `${text}.${sign(text, keys[0])}`;
    },
    open(cookie) {
      const dot = cookie.length - signatureLength - 1;
      if (dot < 1 || cookie[dot] !== ".") return undefined;
      const text = cookie.slice(0, dot);
      const signature = cookie.slice(dot + 1);
      return keys.some((key) => sameText(sign(text, key), signature)) ? Buffer.from(text, "base64url") : undefined;
    },
  };
}

/** Nobody but us can read what is inside. */
export function encrypted(secrets: readonly string[], purpose: string): Envelope {
  const { seal, unseal } = sealer(secrets, purpose);
  return {
    close: (content) => Buffer.from(seal(content, "")).toString("base64url"),
    open(cookie) {
      const bytes = Buffer.from(cookie, "base64url");
      // The decoder passes over what it does not know; a value with something added is not the one we made.
      return bytes.toString("base64url") === cookie ? unseal(bytes, "") : undefined;
    },
  };
}
