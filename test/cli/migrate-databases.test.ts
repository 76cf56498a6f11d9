import { afterAll, describe, expect, test, vi } from "vitest";
import { mariadbUrl, ownName, postgresUrl } from "../engines/db/server.ts";
import { Project } from "./project.ts";

// Eight processes start at once, on machines of two cores.
vi.setConfig({ testTimeout: 90_000 });
afterAll(() => vi.resetConfig());

const databases: [name: string, target: string | undefined][] = [
  ["SQLite", '{ path: "sessions.sqlite" }'],
  ["PostgreSQL", postgresUrl && JSON.stringify(postgresUrl)],
  ["MariaDB", mariadbUrl && JSON.stringify(mariadbUrl)],
];

describe.each(databases)("coatcheck migrate on %s", (name, target) => {
  const runs = target !== undefined;
  /** A project with a table of its own, and a program that counts visits in it. */
  const project = (): Project =>
    new Project({
      "sessions.ts": `
        import { createSessions } from "coatcheck";
        import { db } from "coatcheck/db";
        export default createSessions<{ visits: number }>({ engine: db(${target ?? ""}, { table: "${ownName()}" }) });`,
      "visit.ts": `
        import sessions from "./sessions.ts";
        const session = await sessions.open();
        session.set("visits", 1);
        await session.save().then(() => console.log("saved"), (error) => console.log(error.message));
        await sessions[Symbol.asyncDispose]();`,
    });

  test.runIf(runs)("eight at once on an empty database: one schema, no error", async () => {
    const here = project();
    const ended = await Promise.all(Array.from({ length: 8 }, () => here.run(["migrate"])));
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, ""]));
    expect(ended.filter(({ stdout }) => stdout.includes("applied")).length).toBeLessThanOrEqual(1);
    expect((await here.node("visit.ts")).stdout).toBe("saved\n");
    expect(await here.json(["migrate", "--down"])).toMatchObject({ direction: "down" });
  });

  test.runIf(runs)("--sql says what up and down would do, and does nothing; down and up again works", async () => {
    const here = project();
    const { stdout: sql } = await here.run(["migrate", "--sql"]);
    expect(sql).toMatch(/create table/i);
    expect((await here.json(["migrate"]))["migrations"]).toHaveLength(1);
    expect((await here.json(["migrate"]))["migrations"]).toEqual([]);

    expect((await here.run(["migrate", "--down", "--sql"])).stdout).toMatch(/drop table/i);
    expect((await here.node("visit.ts")).stdout).toBe("saved\n");

    expect((await here.json(["migrate", "--down"]))["migrations"]).toHaveLength(1);
    expect((await here.json(["migrate", "--down"]))["migrations"]).toEqual([]);
    expect((await here.json(["migrate"]))["migrations"]).toHaveLength(1);
    expect((await here.node("visit.ts")).stdout).toBe("saved\n");
    await here.run(["migrate", "--down"]);
  });

  // A file that nobody else uses makes its own table; a server's database is not ours to change unasked.
  test.runIf(runs)("an app that starts before it is told to run it, where it needs it", async () => {
    const { stdout } = await project().node("visit.ts");
    expect(stdout).toMatch(name === "SQLite" ? /^saved$/m : /coatcheck migrate/);
  });
});
