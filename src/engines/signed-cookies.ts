import { largestCookie } from "../core/cookie-room.ts";
import type { Change, Engine, EngineFactory, Saved, Snapshot } from "../core/engine.ts";
import { InvalidData, InvalidOption, StoreUnavailable } from "../core/errors.ts";
import { bool, check, type Rule } from "../core/options.ts";
import { type Body, decodeBody, encodeBody, type Epoch } from "./signed-cookies/body.ts";
import { encrypted, signed } from "./signed-cookies/envelope.ts";

export type { Epoch };

export interface SignedCookiesOptions {
  /** The visitor cannot read the data either (AES-256-GCM); otherwise it is signed only (HMAC-SHA-256). @default false */
  encrypt?: boolean;
  /**
   * Deflates what gets shorter by it. Off with `encrypt`: where a visitor's own text is packed together with something
   * they must not learn, the length tells of it.
   * @default true, with `encrypt` false
   */
  compress?: boolean;
  /**
   * The present epoch of a user, such as a number in the users' table. Asked whenever a session with a `userId` is opened;
   * one that was signed in under another epoch does not open. Change it to end all sessions of the user. `undefined`: there
   * is no such user. Adding this option ends the signed-in sessions that were begun without.
   * @default none: a session ends by its expiry only
   */
  epoch?: (userId: string) => Epoch | undefined | Promise<Epoch | undefined>;
}

const rules: Record<keyof SignedCookiesOptions, Rule> = {
  encrypt: bool,
  compress: bool,
  epoch: [(value) => typeof value === "function", "a function of a user's id"],
};

/**
 * The session in the cookie itself: no store, and what comes with that. Choose it for little data that may be lost.
 *
 * - The visitor can keep and send again an old cookie: `flush` and `cycleKey` end the session in this browser, not a copy
 *   of its cookie, which is good until the `expiresAt` inside it. Only `epoch` revokes, by user.
 * - The last response wins: of two parallel requests that write, one is lost. `atomic` is `false`.
 * - 4096 bytes, name and attributes included; a larger one is `InvalidData` at `save()` or at the end of the request, and
 *   nothing is sent.
 * - Once the headers have left nothing can be saved, renewed or flushed any more: `HeadersSent`.
 *
 * The end is inside and checked by us, so `setExpiry` holds whatever the browser does. Cookies made with an older secret
 * open, and are made anew with the newest at the next write or renewal.
 *
 * @throws InvalidOption for an option that could not work, and from `createSessions` without `secrets`.
 */
export function signedCookies(options: SignedCookiesOptions = {}): EngineFactory {
  check("signedCookies", options, rules);
  const { encrypt = false, compress = !encrypt, epoch: epochOf } = options;

  return ({ secrets, namespace, cookieRoom }) => {
    if (secrets.length === 0) {
      throw new InvalidOption(
        "signedCookies(): expected createSessions({ secrets: [newest, ...older] }) with at least one secret, got none. " +
          "`npx coatcheck secret` makes one.",
      );
    }
    const envelope = encrypt
      ? encrypted(secrets, `encrypted cookie ${namespace ?? ""}`)
      : signed(secrets, `signed cookie ${namespace ?? ""}`);

    // A request asks twice, first whether a cookie is ours and then what is in it.
    let latest: { readonly cookie: string; readonly body: Body | undefined } | undefined;
    const bodyOf = (cookie: string): Body | undefined => {
      if (latest?.cookie !== cookie) {
        const content = envelope.open(cookie);
        latest = { cookie, body: content && decodeBody(content) };
      }
      return latest.body;
    };

    const presentEpoch = async (userId: string): Promise<Epoch | undefined> => {
      let epoch: unknown;
      try {
        epoch = await epochOf?.(userId);
      } catch (error) {
        throw new StoreUnavailable(
          "signedCookies({ epoch }): the function failed, so nobody can tell whether the session was revoked. " +
            "The visitor's cookie was left as it is.",
          { cause: error },
        );
      }
      if (epoch === undefined || typeof epoch === "string" || Number.isFinite(epoch)) return epoch as Epoch | undefined;
      // NaN, null, a Date are not equal to themselves once they were in a cookie: everybody would be signed out, unexplained.
      throw new InvalidOption(
        "signedCookies({ epoch }): expected the function to answer with a finite number, a string or, for a user who is " +
          `not there, undefined; got ${epoch === null ? "null" : typeof epoch}.`,
      );
    };

    const isCurrent = async ({ userId, epoch }: Body): Promise<boolean> =>
      epochOf === undefined || userId === undefined || (epoch !== undefined && (await presentEpoch(userId)) === epoch);

    const inCookie = (body: Body): CookieSnapshot => ({ ...body, cookie: envelope.close(encodeBody(body, compress)) });

    const tooLong = ({ cookie }: CookieSnapshot): number => Math.max(0, cookie.length - cookieRoom);

    const issue = (body: Body): Saved => {
      const snapshot = inCookie(body);
      const overlong = tooLong(snapshot);
      if (overlong > 0) {
        throw new InvalidData(
          `Session data: the cookie would be ${largestCookie + overlong} bytes long, its name and attributes included; ` +
            `browsers drop what is longer than ${largestCookie}. Nothing was sent. Keep less in the session, or choose an ` +
            "engine with a store.",
        );
      }
      return { kind: "saved", snapshot };
    };

    /** Read at sign-in and kept: a slow request must not carry a session over into an epoch that was to end it. */
    const epochFor = async (userId: string | undefined, from?: CookieSnapshot): Promise<Epoch | undefined> => {
      if (epochOf === undefined || userId === undefined) return undefined;
      if (userId === from?.userId && from.epoch !== undefined) return from.epoch;
      const epoch = await presentEpoch(userId);
      if (epoch !== undefined) return epoch;
      throw new InvalidData("session.userId: signedCookies({ epoch }) knows no such user. Nothing was sent.");
    };

    const engine: Engine = {
      name: "signedCookies",
      atomic: false,
      inCookie: true,

      recognizes: (cookie) => bodyOf(cookie) !== undefined,

      async open(cookie, now) {
        const body = bodyOf(cookie);
        if (body === undefined || body.expiresAt <= now || !(await isCurrent(body))) return undefined;
        const opened: CookieSnapshot = { ...body, cookie };
        return opened;
      },

      async refresh(from: CookieSnapshot, now) {
        return from.expiresAt > now && (await isCurrent(from)) ? from : undefined;
      },

      async commit(change: Change, now) {
        switch (change.kind) {
          case "create":
            return issue({ ...change.draft, epoch: await epochFor(change.draft.userId) });
          case "update": {
            const { draft } = change;
            return issue({ ...draft, epoch: await epochFor(draft.userId, change.from as CookieSnapshot) });
          }
          case "touch": {
            const { cookie: _, ...body } = change.from as CookieSnapshot;
            const snapshot = inCookie({ ...body, expiresAt: change.expiresAt, renewedAt: now });
            // Another time packs into other lengths, and the settings may have grown. Who only reads must not get an error
            // for that: the session stays as it is, and keeps the end it has.
            return tooLong(snapshot) > 0 ? { kind: "gone" } : { kind: "saved", snapshot };
          }
          case "delete":
            return { kind: "saved", snapshot: change.from };
        }
      },

      // Nothing is ever refused: there is nobody to refuse it.
      explain: async () => ({ kind: "gone" }),
    };
    return engine;
  };
}

/** Only this file looks at the epoch. */
interface CookieSnapshot extends Snapshot, Body {
  readonly cookie: string;
}
