import { expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { CorruptPayload } from "../../src/index.ts";
import { Project, sqliteSettings } from "../cli/project.ts";
import { after } from "./express.ts";
import { type DataSession, open, type Ours } from "./settings.ts";

/** Ann's session, begun and saved outside HTTP. */
async function begun(): Promise<Ours & { session: DataSession; id: string }> {
  const ours = open({});
  const session = await ours.sessions.open();
  await session.set("user", "ann").save();
  ours.operations.length = 0;
  return { ...ours, session, id: session.id ?? "" };
}

test("s.create()", async () => {
  const { sessions, operations } = open({});
  const session = await sessions.open();
  await session.save();
  expect([session.id, operations]).toEqual([undefined, []]);
  await session.set("user", "ann").save();
  expect(operations).toEqual(["create"]);
});

test("s.save()", async () => {
  const { sessions, session, id } = await begun();
  session.set("user", "bob");
  await session.save();
  expect((await sessions.byId(id))?.get("user")).toBe("bob");
});

test("s.load()", async () => {
  const { sessions, session, id } = await begun();
  await (await sessions.byId(id))?.set("user", "bob").save();
  await session.reload();
  expect(session.get("user")).toBe("bob");
});

test("s.exists(key)", async () => {
  const { sessions, id } = await begun();
  expect((await sessions.byId(id)) !== undefined).toBe(true);
  await sessions.revoke(id);
  expect((await sessions.byId(id)) !== undefined).toBe(false);
});

test("s.delete(key)", async () => {
  const { sessions, id, operations } = await begun();
  expect(await sessions.revoke(id)).toBe(true);
  expect(operations).toEqual(["delete"]);
});

test("SessionStore()", async () => {
  const { sessions } = open({});
  const session = await sessions.open();
  await session.set("user", "ann").save();
  expect((await sessions.open(sessions.token(session))).get("user")).toBe("ann");
});

test("SessionStore(session_key=key)", async () => {
  const { sessions, id } = await begun();
  const session = await sessions.byId(id);
  expect(session?.get("user")).toBe("ann");
});

test("Session.objects.get(pk=key).get_decoded()", async () => {
  const { sessions, id } = await begun();
  expect((await sessions.byId(id))?.data).toEqual({ user: "ann" });
});

test("s.encode(data), s.decode(text)", async () => {
  const engine = memory();
  const { sessions, clock } = open({ engine });
  const session = await sessions.open();
  await session.set("user", "ann").save();
  const id = session.id ?? "";
  const record = await engine.read(id, clock());
  if (record === undefined) throw new Error("Expected a record.");
  await engine.update({ ...record, payload: "nonsense", revision: "other" }, record.revision, clock());
  await expect(sessions.byId(id)).rejects.toThrow(CorruptPayload);
});

test('await s.aget("user")', async () => {
  const { session } = await begun();
  expect(session.get("user")).toBe("ann");
});

test("login(request, user)", async () => {
  const user = { id: "ann" };
  const site = await after(
    {},
    {
      "/": (session) => session.update("views", (n = 0) => n + 1),
      "/in"(session) {
        session.userId = user.id;
        session.cycleKey();
      },
      "/who": (session) => [session.userId, session.get("views")],
    },
  );
  await site.get();
  const before = site.cookies;
  await site.get("/in");
  expect(site.cookies).not.toBe(before);
  expect((await site.get("/who")).body).toBe('["ann",1]');
  expect(await (await fetch(`${site.url}/who`, { headers: { cookie: before } })).text()).toBe("[null,null]");
});

test("logout(request)", async () => {
  const site = await after(
    {},
    {
      "/in": (session) => void (session.userId = "ann"),
      "/": (session) => session.userId ?? "nobody",
      async "/out"(session) {
        await session.flush();
      },
    },
  );
  await site.get("/in");
  expect((await site.get()).body).toBe("ann");
  expect((await site.get("/out")).cookie?.maxAge).toBe(0);
  expect((await site.get()).body).toBe("nobody");
});

test("request.user", async () => {
  const { sessions } = open({});
  const session = await sessions.open();
  session.userId = "ann";
  await session.save();
  expect((await sessions.byId(session.id ?? ""))?.userId).toBe("ann");
});

test("update_session_auth_hash(request, user)", async () => {
  const { sessions } = open({});
  const devices = await Promise.all([sessions.open(), sessions.open(), sessions.open()]);
  for (const device of devices) {
    device.userId = "ann";
    await device.save();
  }
  const [session] = devices;
  expect(await sessions.revokeUser("ann", { except: session.id })).toBe(2);
  expect((await sessions.forUser("ann")).map(({ id }) => id)).toEqual([session.id]);
});

/** What is typed, in a project that has its settings in `sessions.ts`. */
function typed(command: string): Promise<{ code: number | null; stdout: string }> {
  const [, , ...args] = command.split(" ");
  return new Project({ "sessions.ts": sqliteSettings }).run(args);
}

test("manage.py migrate", async () => {
  expect((await typed("npx coatcheck migrate")).code).toBe(0);
});

test("manage.py clearsessions", async () => {
  const { code, stdout } = await typed("npx coatcheck clearsessions");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^0 expired sessions removed/);
});
