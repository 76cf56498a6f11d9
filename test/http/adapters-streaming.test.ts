import { expect } from "vitest";
import { HeadersSent, type Session } from "../../src/index.ts";
import { barrier, startsLate } from "../../src/testing.ts";
import type { Data, Handler } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

const write: Handler = async (call) => {
  (await call.session()).set("count", 1);
  call.send(200);
};

/** Streams a first piece, and once the client has its headers does something to the session, then the rest. */
function late(act: (session: Session<Data>) => unknown) {
  const headersArrived = barrier();
  const route: Handler = async (call) => {
    const session = await call.session();
    const body = call.stream(200);
    body.write("first,");
    await headersArrived.gate;
    body.write(String(await act(session)));
    body.end();
  };
  return { headersArrived, route };
}

/** The same, for a handler that asks for its session only then. */
function lateUse(act: (session: Session<Data>) => unknown) {
  const headersArrived = barrier();
  const route: Handler = async (call) => {
    const body = call.stream(200);
    body.write("first,");
    await headersArrived.gate;
    body.write(String(await act(await call.session())));
    body.end();
  };
  return { headersArrived, route };
}

async function thrown(act: () => unknown): Promise<string> {
  try {
    await act();
    return "nothing thrown";
  } catch (error) {
    return error instanceof HeadersSent ? "HeadersSent" : String(error);
  }
}

onEveryAdapter("a streamed answer", (adapter, promise) => {
  promise("sends its first piece after the commit, and does not wait for the last", async () => {
    const pause = barrier();
    const rest = barrier();
    await using app = await serve(
      adapter,
      {
        "/other": (call) => call.send(200),
        "/": async (call) => {
          (await call.session()).set("count", 1);
          const body = call.stream(200);
          body.write("first,");
          await rest.gate;
          body.write("last");
          body.end();
        },
      },
      { store: startsLate("create", pause) },
    );
    const request = app.send({ method: "POST", path: "/" });
    await pause.arrived();
    await app.get("/other");
    expect(request.bytes).toBe(0);
    pause.release();
    await request.received("first,");
    expect((await request.head).setCookies).toHaveLength(1);
    expect(await app.stored()).toEqual({ count: 1 });
    rest.release();
    expect(await request.reply).toMatchObject({ body: "first,last" });
  });

  promise("keeps a change made after its headers when save() is called", async () => {
    const { headersArrived, route } = late((session) => session.set("theme", "dark").save());
    await using app = await serve(adapter, { "/write": write, "/": route });
    const visitor = app.visitor();
    await visitor.post("/write");
    const request = visitor.send({ path: "/" });
    expect((await request.head).setCookies).toEqual([]);
    headersArrived.release();
    await request.reply;
    expect(await app.stored()).toEqual({ count: 1, theme: "dark" });
  });

  promise("loses a change made after its headers without save(), and an event says so", async () => {
    const { headersArrived, route } = late((session) => session.set("theme", "dark").id);
    await using app = await serve(adapter, { "/write": write, "/": route });
    const visitor = app.visitor();
    await visitor.post("/write");
    const unsaved = app.next("unsaved");
    const request = visitor.send({ path: "/" });
    await request.head;
    headersArrived.release();
    await request.reply;
    const [id] = await app.ids();
    expect(await unsaved).toEqual({ id });
    expect(await app.stored()).toEqual({ count: 1 });
  });

  promise("says so also when the client went away in the middle", async () => {
    const changed = barrier();
    const { headersArrived, route } = late((session) => {
      session.set("theme", "dark");
      changed.release();
      return new Promise(() => {});
    });
    await using app = await serve(adapter, { "/write": write, "/": route });
    const visitor = app.visitor();
    await visitor.post("/write");
    const unsaved = app.next("unsaved");
    const request = visitor.send({ path: "/" });
    await request.received("first,");
    headersArrived.release();
    await changed.gate;
    request.abort();
    expect(await unsaved).toHaveProperty("id");
  });

  for (const [what, begin] of [
    ["use", late],
    ["first use", lateUse],
  ] as const) {
    promise(`cannot start a session after its headers (${what} of it then)`, async () => {
      const { headersArrived, route } = begin((session) => thrown(() => session.set("count", 1)));
      await using app = await serve(adapter, { "/": route });
      const request = app.send({ path: "/" });
      await request.head;
      headersArrived.release();
      expect(await request.reply).toMatchObject({ body: "first,HeadersSent" });
      expect(app.operations).toEqual([]);
    });

    promise(`cannot cycle the key after its headers (${what} of it then)`, async () => {
      const { headersArrived, route } = begin((session) => thrown(() => session.cycleKey()));
      await using app = await serve(adapter, { "/write": write, "/": route });
      const visitor = app.visitor();
      await visitor.post("/write");
      const request = visitor.send({ path: "/" });
      await request.head;
      headersArrived.release();
      expect(await request.reply).toMatchObject({ body: "first,HeadersSent" });
      expect(app.operations).toEqual(["create", "read"]);
    });
  }

  promise("deletes the record at flush, also after its headers, and can then begin no other", async () => {
    const { headersArrived, route } = late(async (session) => {
      await session.flush();
      return thrown(() => session.set("count", 2));
    });
    await using app = await serve(adapter, { "/write": write, "/": route });
    const visitor = app.visitor();
    await visitor.post("/write");
    const request = visitor.send({ path: "/" });
    await request.head;
    headersArrived.release();
    expect(await request.reply).toMatchObject({ body: "first,HeadersSent", setCookies: [] });
    expect(await app.ids()).toEqual([]);
  });

  promise("reads a session first used after its headers, and keeps what is saved there", async () => {
    const { headersArrived, route } = lateUse(async (session) => {
      await session.set("theme", "dark").save();
      return session.get("count");
    });
    await using app = await serve(adapter, { "/write": write, "/": route });
    const visitor = app.visitor();
    await visitor.post("/write");
    const request = visitor.send({ path: "/" });
    await request.head;
    headersArrived.release();
    expect(await request.reply).toMatchObject({ body: "first,1", setCookies: [] });
    expect(await app.stored()).toEqual({ count: 1, theme: "dark" });
  });

  promise(
    "reports what was never saved of a session first used after its headers",
    async () => {
      const { headersArrived, route } = lateUse((session) => session.set("theme", "dark").id);
      await using app = await serve(adapter, { "/write": write, "/": route });
      const visitor = app.visitor();
      await visitor.post("/write");
      const unsaved = app.next("unsaved");
      const request = visitor.send({ path: "/" });
      await request.head;
      headersArrived.release();
      await request.reply;
      expect(await unsaved).toHaveProperty("id");
      expect(await app.stored()).toEqual({ count: 1 });
    },
    "endOfUnused",
  );
});
