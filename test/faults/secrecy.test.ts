import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { SessionEvents } from "../../src/core/events.ts";
import { fails, neverAnswers, losesReply } from "../../src/testing/faulty-store.ts";
import { answered, type Data, errorOf, request, scene } from "./support.ts";

const names: readonly (keyof SessionEvents)[] = [
  "created",
  "cycled",
  "flushed",
  "overwritten",
  "interrupted",
  "unsaved",
  "failed",
];
const canary = "canary-in-the-data";

test("no error, no event and no session that is logged shows a token, a secret, its hash or the data", async () => {
  const here = scene();
  const said: unknown[] = [];
  const secrets = new Set<string>([canary]);
  const know = async (token: string): Promise<void> => {
    const record = await here.store.read(token.slice(0, 32), here.clock.now);
    for (const secret of [token, token.slice(32), createHash("sha256").update(token.slice(32)).digest("base64url")])
      secrets.add(secret);
    if (record !== undefined) secrets.add(record.secretHash).add(record.payload);
  };
  const listen = (sessions: typeof here.sessions): typeof here.sessions => {
    for (const name of names) sessions.on(name, (event) => said.push(name, event));
    return sessions;
  };
  const hear = async (work: Promise<unknown>): Promise<void> => {
    const error = await errorOf(work);
    if (error !== undefined) said.push(error);
  };
  const begin = async (): Promise<string> => {
    const { token } = await here.begin({ theme: canary, n: 0 } satisfies Data);
    await know(token);
    return token;
  };
  listen(here.sessions);

  for (const verb of ["read", "create", "update", "touch", "delete"] as const) {
    for (const fault of [fails(verb), neverAnswers(verb), losesReply(verb)]) {
      const token = await begin();
      const sessions = listen(here.through(fault, { deadline: 0.02 }));
      await hear(sessions.open(token));
      await hear((async () => (await sessions.open()).set("theme", canary).save())());
      await hear((async () => (await sessions.open(token)).set("theme", `${canary}2`).save())());
      await hear((async () => (await sessions.open(token)).flush())());
    }
  }

  const token = await begin();
  const visitors = await Promise.all([1, 2, 3, 4].map(() => request(here.sessions, token)));
  for (const [index, { unit, session }] of visitors.entries()) {
    session.set("theme", `${canary}${index}`);
    if (index === 2) session.cycleKey();
    await hear(unit.commit(answered));
    await know(here.sessions.token(session) ?? "");
    unit.sendHeaders();
    session.set("theme", `${canary} unsaved`);
    unit.finish();
    said.push(session);
    if (index === 2) await hear((async () => (await here.sessions.open(here.sessions.token(session))).flush())());
  }

  const session = await here.sessions.open(await begin());
  for (const wrong of [
    Number.NaN,
    new Map([[canary, canary]]),
    () => canary,
    1n,
    { deep: { [canary]: Symbol(canary) } },
  ]) {
    await hear((async () => session.set("theme", wrong as never))());
  }
  await hear((async () => session.update("theme", () => undefined as never))());
  await hear((async () => session.setExpiry(canary as never))());
  await hear((async () => (session.userId = canary.repeat(100)))());
  await hear(here.sessions.get({ cookie: token }));

  expect(said.filter((item) => item instanceof Error).length).toBeGreaterThan(25);
  expect(names.filter((name) => !said.includes(name))).toEqual([]);
  const text = said.map(textOf).join("\n");
  secrets.delete("");
  expect([...secrets].filter((secret) => text.includes(secret))).toEqual([]);
});

/** An error as loggers show it, its causes included; anything else as JSON. */
function textOf(item: unknown): string {
  if (!(item instanceof Error))
    return JSON.stringify(item, (_key, value: unknown) => (value instanceof Error ? textOf(value) : value));
  const cause = item.cause === undefined ? "" : textOf(item.cause);
  return [item.name, item.message, item.stack, JSON.stringify(item), cause].join("\n");
}
