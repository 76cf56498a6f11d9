import { AssertionError } from "node:assert/strict";
import { InvalidData } from "../core/errors.ts";
import { check, type Rule } from "../core/options.ts";
import type { Session } from "../core/session.ts";
import type { Sessions } from "../core/sessions.ts";
import { cookiePair, cookieValues, setCookieLine } from "../http/cookie.ts";

export interface TestSessionOptions {
  /** Whose session it is: the visitor is signed in. @default nobody's */
  userId?: string;
  /** What `setExpiry` takes. @default the settings' */
  expiry?: number | Date | null;
}

/** A stored session, and what a browser would know of it. */
export interface TestSession<D> {
  /** The value of the Cookie header: name and token, encoded as a browser sends them. */
  readonly cookie: string;
  /** The same, for what takes headers: `fetch(url, { headers: visitor.headers })`. */
  readonly headers: { cookie: string };
  /** Names the record, whatever becomes of the token: `sessions.byId(id)` shows what the app has stored since. */
  readonly id: string;
  /** The cookie's value: what `sessions.open` takes. */
  readonly token: string;
  /** The session as it was when this was made: it does not follow what requests do. */
  readonly session: Session<D>;
  /**
   * The cookie as a browser keeps it for the site at this address: `context.addCookies([visitor.browserCookie(url)])`.
   * The partition of a `cookie.partitioned` is not in it: which site embeds yours, only the test knows.
   */
  browserCookie(url: string | URL): BrowserCookie;
}

/** What Playwright's `addCookies` takes. Without an end: a browser asks its own clock, which no test has set. */
export interface BrowserCookie {
  name: string;
  value: string;
  domain: string;
  path: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite: "Lax" | "Strict" | "None";
}

/** A response of `fetch`, Hono's `app.request`, supertest, light-my-request (`app.inject`). */
export interface TestResponse {
  readonly headers: { getSetCookie(): string[] } | { readonly "set-cookie"?: string | readonly string[] | undefined };
}

const anything: Rule = [() => true, "anything"];
/** By name only: the session itself says which values it takes. */
const rules: Record<keyof TestSessionOptions, Rule> = { userId: anything, expiry: anything };

/**
 * A session that is stored before any request, and the cookie of the visitor who has it: for tests that begin with a full
 * cart, or signed in. To your app it is no new one (`isNew` is false). For a new visitor send no cookie.
 *
 * @throws InvalidData when there is nothing to store: a session with neither data nor a user has no record and no cookie.
 * @throws What `session.save()` throws.
 * @example
 * const ada = await createTestSession(sessions, { visits: 3 }, { userId: "ada" });
 * const response = await fetch(url, { headers: ada.headers });
 */
export async function createTestSession<D>(
  sessions: Sessions<D>,
  data: NoInfer<Partial<D>> = {},
  options: TestSessionOptions = {},
): Promise<TestSession<D>> {
  check("createTestSession", options, rules);
  const session = await sessions.open();
  session.update(data);
  session.userId = options.userId;
  if (options.expiry !== undefined) session.setExpiry(options.expiry);
  await session.save();
  const token = sessions.token(session);
  if (token === undefined) {
    throw new InvalidData(
      "createTestSession: expected data or a userId, and an expiry to come; found nothing to store. A session without " +
        "either has no record and no cookie: to test a new visitor, send no Cookie header.",
    );
  }
  return testSession(sessions, session, token);
}

/**
 * The session that a browser would have after this response: to see what your app stored in one that it began, and to
 * go on as that visitor when it has cycled the key.
 *
 * @throws AssertionError when the response sets no cookie of these sessions, removes it, or sets one that opens nothing.
 * @example
 * const response = await request(app).post("/login").send({ name: "ada" });
 * const ada = await openTestSession(sessions, response);
 * assert.equal(ada.session.userId, "ada");
 */
export async function openTestSession<D>(sessions: Sessions<D>, response: TestResponse): Promise<TestSession<D>> {
  const { name } = sessions.options.cookie;
  const lines = setCookieLines(response);
  const token = lines.flatMap((line) => cookieValues(cookiePair(line), name)).at(-1);
  if (token === undefined) {
    throw new AssertionError({
      message:
        `openTestSession: expected the response to set the cookie "${name}"; found ${lines.length} Set-Cookie headers, ` +
        "none of that name. Without one the visitor keeps the cookie they had.",
    });
  }
  const session = await sessions.open(token);
  if (session.isNew) {
    throw new AssertionError({
      message:
        token === ""
          ? `openTestSession: expected the response to set the cookie "${name}"; found that it removes it.`
          : `openTestSession: expected the cookie "${name}" of the response to open a session; found none behind it. ` +
            "Has it been ended since, or expired, or did other sessions send it?",
    });
  }
  return testSession(sessions, session, token);
}

function testSession<D>(sessions: Sessions<D>, session: Session<D>, token: string): TestSession<D> {
  const { id = "" } = session;
  const settings = sessions.options.cookie;
  const change = { kind: "set", value: token, maxAge: undefined } as const;
  const cookie = cookiePair(setCookieLine(change, settings, () => true));
  return {
    cookie,
    headers: { cookie },
    id,
    token,
    session,
    browserCookie(url) {
      const { hostname, protocol } = new URL(url);
      const { name, domain, path, secure, httpOnly, sameSite } = settings;
      return {
        name,
        value: cookie.slice(name.length + 1),
        // With a dot for the whole domain; without, for this host only, as browsers mean it by a __Host- name.
        domain: domain === undefined ? hostname : `.${domain.replace(/^\./, "")}`,
        path,
        secure: secure === "auto" ? protocol === "https:" : secure,
        httpOnly,
        sameSite: sameSites[sameSite],
      };
    },
  };
}

const sameSites = { lax: "Lax", strict: "Strict", none: "None" } as const;

function setCookieLines({ headers }: TestResponse): string[] {
  if ("getSetCookie" in headers) return headers.getSetCookie();
  const { "set-cookie": lines = [] } = headers;
  return typeof lines === "string" ? [lines] : [...lines];
}
