import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type AppFiles, buildApp, installCoatcheck, nextConfig, nextKit } from "./next-build.ts";
import { startApp } from "./next-server.ts";
import { NextVisitor } from "./next-visitor.ts";

const app: AppFiles = {
  "package.json": `{ "type": "module" }`,
  "next.config.mjs": nextConfig(),
  "sessions.js": `
    import { createSessions } from "coatcheck";
    import { file } from "coatcheck/file";
    import { coatcheck } from "coatcheck/next";
    import { refresh } from "next/cache";
    import { cookies } from "next/headers";
    export const sessions = createSessions({ engine: file({ path: "kept" }) });
    export const { readSession, action, route } = coatcheck(sessions, { cookies, refresh });`,
  "app/layout.js": `
    export default function Layout({ children }) {
      return <html lang="en"><body>{children}</body></html>;
    }`,
};

/** A handler that begins a session for whoever comes. */
const begins = (method: string): string => `
  import { route, sessions } from "../../sessions";
  export const dynamic = "force-static";
  export const ${method} = route(async (request) => {
    (await sessions.get(request)).set("visits", 1);
    return new Response("begun");
  });`;

/** How many records the app's store keeps. */
function recordsIn(folder: string): number {
  const kept = join(folder, "kept");
  const names = existsSync(kept) ? readdirSync(kept, { recursive: true, encoding: "utf8" }) : [];
  return names.filter((name) => /[0-9a-f]{30}/.test(name)).length;
}

describe.runIf(nextKit !== "")("what Next.js builds ahead, for everybody", () => {
  test("begins no session: the build fails, and says what to do", { timeout: 300_000 }, async () => {
    const stored: number[] = [];
    const files = { ...app, "app/begin/route.js": begins("GET") };
    const building = buildApp(files, installCoatcheck, (folder) => stored.push(recordsIn(folder)));
    await expect(building).rejects.toThrow('found `dynamic = "force-static"`, by which one answer is given to every');
    expect(stored).toEqual([0]);
  });

  test(
    "begins none when it is asked for, shows nobody's, and has actions with a session",
    { timeout: 300_000 },
    async () => {
      const page = `
      import { action, readSession } from "../sessions";
      export const dynamic = "force-static";
      async function begin() {
        "use server";
        await action((session) => session.set("visits", 1).size)();
      }
      export default async function Page() {
        const { isNew, size } = await readSession();
        return <form action={begin} id="begin"><pre>{JSON.stringify([isNew, size])}</pre></form>;
      }`;
      const files = { ...app, "app/page.js": page, "app/begin/route.js": begins("POST") };
      const folder = await buildApp(files, installCoatcheck);
      try {
        await using server = await startApp(folder);
        const [visitor, other] = [new NextVisitor(server.base), new NextVisitor(server.base)];
        expect((await visitor.post("/begin")).status).toBe(500);
        expect([visitor.cookies, recordsIn(folder)]).toEqual([{}, 0]);
        await visitor.submit("/", "begin");
        expect([visitor.token?.length, recordsIn(folder)]).toEqual([75, 1]);
        for (const who of [visitor, other]) expect((await who.get("/")).seen).toEqual([true, 0]);
        expect(other.token).toBeUndefined();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
