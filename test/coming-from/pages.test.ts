import { describe, expect, test } from "vitest";
import { pages, squeezed } from "./rows.ts";

/** Django does not run here: what is said of it is said, and only our side is run. */
const notRun = ["django"];

describe.each(pages)("docs/coming-from: $name", (page) => {
  test("every row has one test, and every test is of a row", () => {
    expect(page.tests.map(({ name }) => name).sort()).toEqual(page.rows.map(({ name }) => name).sort());
    expect(page.rows.length).toBeGreaterThan(10);
  });

  test("what a row says to write is what its test runs", () => {
    const missing = page.rows.flatMap(({ name, ours }) => {
      const source = page.tests.find((found) => found.name === name)?.source ?? "";
      return ours.filter((code) => !source.includes(squeezed(code))).map((code) => `${name}: ${code}`);
    });
    expect(missing).toEqual([]);
  });

  test("its code outside of tables is in its tests, or a program that test/package runs", () => {
    const sources = squeezed(page.source);
    expect(page.blocks.filter((code) => !sources.includes(squeezed(code)))).toEqual([]);
  });
});

describe.each(pages.filter(({ name }) => !notRun.includes(name)))("docs/coming-from: $name", (page) => {
  test("what a row compares with is run too", () => {
    const missing = page.rows.flatMap(({ name, theirs }) => {
      const source = page.tests.find((found) => found.name === name)?.source ?? "";
      return theirs
        .map(lastName)
        .filter((word) => !source.includes(word))
        .map((word) => `${name}: ${word}`);
    });
    expect(missing).toEqual([]);
  });
});

/** `regenerate` of `req.session.regenerate(callback)`: what the old side of the test cannot do without. */
function lastName(code: string): string {
  const [path = ""] = /^[\w.$]+/.exec(code.replace(/^(delete|new|await) \(?/, "")) ?? [];
  return path.split(".").at(-1) ?? "";
}
