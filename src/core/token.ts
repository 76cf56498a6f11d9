import { createHash, createHmac, createSecretKey, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * The token is what the cookie carries: `id` (32 hex digits, 128 random bits) and `secret` (43 characters, 256 random
 * bits), and behind them, when secrets are configured, a tag (22 characters) that proves we issued it. The store keeps
 * the id and a hash of the secret, so nothing in a store can be sent as a cookie.
 */
interface Token {
  readonly id: string;
  readonly secret: string;
}

const idLength = 32;
const secretLength = 43;
const tagLength = 22;
const shape = /^[0-9a-f]{32}[A-Za-z0-9_-]{43}$/;
const encoder = new TextEncoder();

export function newId(): string {
  return randomBytes(16).toString("hex");
}

export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** Constant in the position of the first difference, so that timing tells nothing about a stored hash. */
export function sameText(a: string, b: string): boolean {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

export interface TokenFormat {
  write(token: Token): string;
  /** `undefined` when malformed or, with secrets, not tagged by any of them. Touches no store. */
  parse(cookie: string): Token | undefined;
  /** The same token, tagged by the newest secret. For a cookie that `parse` accepted. */
  retag(cookie: string): string;
}

/** @param secrets Newest first: the first tags, all verify. Empty: tokens carry no tag. */
export function tokenFormat(secrets: readonly string[]): TokenFormat {
  // A key of its own for this purpose: a tag must not be a signature that another part of the system would accept.
  const keys = secrets.map((secret) =>
    createSecretKey(createHmac("sha256", secret).update("coatcheck token tag v1").digest()),
  );
  const tag = (key: (typeof keys)[number], text: string): string =>
    createHmac("sha256", key).update(text).digest("base64url").slice(0, tagLength);
  const [newest] = keys;
  const length = idLength + secretLength + (newest === undefined ? 0 : tagLength);

  const tagged = (text: string): string => (newest === undefined ? text : text + tag(newest, text));

  return {
    write: ({ id, secret }) => tagged(id + secret),
    retag: (cookie) => tagged(cookie.slice(0, idLength + secretLength)),

    parse(cookie) {
      if (cookie.length !== length) return undefined;
      const text = cookie.slice(0, idLength + secretLength);
      if (!shape.test(text)) return undefined;
      if (newest !== undefined) {
        const given = cookie.slice(text.length);
        if (!keys.some((key) => sameText(tag(key, text), given))) return undefined;
      }
      return { id: text.slice(0, idLength), secret: text.slice(idLength) };
    },
  };
}
