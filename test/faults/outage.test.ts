import { setImmediate, setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SessionError, StoreUnavailable } from "../../src/core/errors.ts";
import type { Session } from "../../src/core/session.ts";
import type { Sessions } from "../../src/core/sessions.ts";
import type { Unit } from "../../src/core/unit.ts";
import {
  answersLate,
  barrier,
  fails,
  type Intercept,
  neverAnswers,
  operationLog,
  type StoreVerb,
} from "../../src/testing/faulty-store.ts";
import { answered, type Data, errorOf, request, scene } from "./support.ts";

// Real time here: a deadline guards against stores, not against the clock that the application was given.
const deadline = 0.05;
/** Much later than the deadline, much earlier than a hung test. */
const patience = 1500;

const unhandled: unknown[] = [];
const remember = (error: unknown): void => void unhandled.push(error);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", remember);
});
afterEach(async () => {
  await setImmediate();
  process.off("unhandledRejection", remember);
  expect(unhandled).toEqual([]);
});

/** Each way a request comes to the store: the verb it uses, which of its calls that is, and the way there. */
interface Way {
  readonly way: string;
  readonly verb: StoreVerb;
  readonly nth: number;
  /** Hours that pass before the request. */
  readonly hours?: number;
  readonly go: (visitor: {
    sessions: Sessions<Data>;
    unit: Unit;
    session: Session<Data>;
    token: string;
  }) => Promise<unknown>;
}

const ways: readonly Way[] = [
  { way: "open", verb: "read", nth: 2, go: ({ sessions, token }) => sessions.open(token) },
  { way: "byId", verb: "read", nth: 2, go: ({ sessions, session }) => sessions.byId(session.id ?? "") },
  { way: "a request's open", verb: "read", nth: 2, go: ({ sessions, token }) => request(sessions, token) },
  { way: "reload", verb: "read", nth: 2, go: ({ session }) => session.reload() },
  { way: "commit", verb: "update", nth: 1, go: ({ unit, session }) => (session.set("n", 1), unit.commit(answered)) },
  {
    way: "commit of a rotation",
    verb: "update",
    nth: 1,
    go: ({ unit, session }) => (session.cycleKey(), unit.commit(answered)),
  },
  { way: "commit of a renewal", verb: "touch", nth: 1, hours: 2, go: ({ unit }) => unit.commit(answered) },
  {
    way: "commit of an end",
    verb: "delete",
    nth: 1,
    go: ({ unit, session }) => (session.setExpiry(new Date(0)), unit.commit(answered)),
  },
  { way: "flush", verb: "delete", nth: 1, go: ({ session }) => session.flush() },
  {
    way: "commit of a new session",
    verb: "create",
    nth: 1,
    go: async ({ sessions }) => {
      const { unit, session } = await request(sessions, "");
      session.set("n", 1);
      return unit.commit(answered).finally(() => expect(unit.sendHeaders()).toBeUndefined());
    },
  },
];

async function visitorOf(intercept: Intercept, { hours = 0 }: Way) {
  const here = scene();
  const { token, id } = await here.begin({ n: 0 });
  here.clock.advance({ hours });
  const log = operationLog();
  const events: SessionError[] = [];
  const sessions = here.through((call, proceed) => log(call, async () => intercept(call, proceed)), { deadline });
  sessions.on("failed", ({ error }) => events.push(error));
  return { ...here, ...(await request(sessions, token)), sessions, token, id, log, events };
}

describe.each(ways)("$way", (way) => {
  const { verb, nth, go } = way;

  test(`when ${verb} fails: StoreUnavailable, with the store's error as cause, and no second attempt`, async () => {
    const broken = new Error("connection refused");
    const visitor = await visitorOf(fails(verb, nth, broken), way);
    const error = await errorOf(go(visitor));
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toMatchObject({ code: "STORE_UNAVAILABLE", status: 503, cause: broken });
    expect(visitor.log.verbs.filter((seen) => seen === verb)).toHaveLength(nth);
    expect(visitor.events).toEqual([error]);
    expect(visitor.unit.sendHeaders()).toBeUndefined();
    expect(await visitor.peek(visitor.token)).toEqual({ n: 0 });
  });

  test(`when ${verb} never answers: StoreUnavailable at the deadline`, async () => {
    const visitor = await visitorOf(neverAnswers(verb, nth), way);
    const begun = performance.now();
    const error = await errorOf(go(visitor));
    const took = performance.now() - begun;
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toMatch("did not answer within 0.05 s");
    expect(took).toBeGreaterThanOrEqual(deadline * 1000 - 2);
    expect(took).toBeLessThan(patience);
    expect(visitor.events).toEqual([error]);
    expect(visitor.unit.sendHeaders()).toBeUndefined();
  });

  test(`when ${verb} answers after the deadline: no write follows it`, async () => {
    const pause = barrier();
    const visitor = await visitorOf(answersLate(verb, pause, nth), way);
    expect(await errorOf(go(visitor))).toBeInstanceOf(StoreUnavailable);
    const writes = (): StoreVerb[] => visitor.log.verbs.filter((seen) => seen !== "read");
    const before = writes();
    pause.release();
    await setTimeout(5);
    expect(writes()).toEqual(before);
    expect(visitor.unit.sendHeaders()).toBeUndefined();
  });

  test(`when ${verb} fails after the deadline: nobody hears of it again`, async () => {
    const pause = barrier();
    const late: Intercept = async (call, proceed) => {
      if (call.verb !== verb || call.nth !== nth) return proceed();
      await pause.arrive();
      throw new Error("connection reset");
    };
    const visitor = await visitorOf(late, way);
    expect(await errorOf(go(visitor))).toBeInstanceOf(StoreUnavailable);
    pause.release();
    await setTimeout(5);
    expect(visitor.events).toHaveLength(1);
    expect(await visitor.peek(visitor.token)).toEqual({ n: 0 });
  });
});
