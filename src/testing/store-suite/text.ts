import type { StoreCase } from "./case.ts";
import { check, checkGone, checkStored, given } from "./check.ts";

/** Each entry has undone somebody's store: an encoding, a column type, a trimmed string, a template. */
const payloads: Record<string, string> = {
  "empty text": "",
  "unicode beyond the basic plane": "naïve Ωμέγα 漢字 👩‍👩‍👧 𝒞𝑜𝒶𝓉 \u{10FFFF}",
  "unicode that could be normalised or stripped": "\uFEFFe\u0301 é \u212B \u00A0\u200B\u200F\u2028\u2029\uFFFD",
  "control characters": controlCharacters(),
  "white space at both ends": " \t\r\n payload \r\n\t ",
  "text that looks like something else": `{"__proto__":{"a":1}} 1e400 %s %00 $1 :id ? '; -- "\\" \\u0000 \${x} null`,
  // One character over 65,535 bytes: where MySQL's TEXT ends.
  "64 KB": "x".repeat(65_535) + "€",
};

function controlCharacters(): string {
  const codes = Array.from({ length: 0x20 }, (_, code) => code).slice(1);
  return String.fromCharCode(...codes, 0x7f, 0x80, 0x9f);
}

export const textCases: readonly StoreCase[] = [
  ...Object.entries(payloads).map(([what, payload]): StoreCase => ({
    name: `payload: keeps ${what}`,
    async run(store, { record, revise, now }) {
      const created = await given(store, record({ payload }), now);
      await checkStored(store, created, now, `the payload is opaque: create keeps ${what} as it is`);

      const plain = await given(store, record(), now);
      const updated = revise(plain, { payload });
      check(await store.update(updated, plain.revision, now), true, "update at the stored revision answers true");
      await checkStored(store, updated, now, `the payload is opaque: update keeps ${what} as it is`);
    },
  })),
  {
    name: "id: 1 to 96 characters of [A-Za-z0-9_-], each a name of its own",
    async run(store, { record, now }) {
      const long = "aZ09_-".repeat(16);
      const ids = [
        "a",
        "A",
        "-",
        "_",
        "ab",
        "aB",
        "__proto__",
        "constructor",
        long,
        `${long.slice(0, 95)}x`,
        long.slice(0, 95),
      ];
      for (const id of ids) {
        const created = await store.create(record({ id }), now).catch(String);
        check(created, true, `the id ${id} is allowed, and is another than all before it`);
      }
      for (const id of ids) {
        const found = await store.read(id, now);
        check(found?.id, id, "ids differ by case and by every character, and read gives them back unchanged");
      }
      check(await store.delete("ab"), true, "delete of an existing id answers true");
      await checkGone(store, "ab", now, "a deleted record is gone");
      check(
        (await store.read("aB", now))?.id,
        "aB",
        "an id that differs in case is another record, and delete leaves it",
      );
    },
  },
  {
    name: "revision: up to 64 characters, compared exactly",
    async run(store, { record, revise, now }) {
      const revision = `Rev.0_-${"x".repeat(57)}`;
      const created = await given(store, record({ revision }), now);
      for (const near of [revision.toLowerCase(), revision.slice(0, 63), revision.replace(".", "_"), ""]) {
        check(
          await store.update(revise(created), near, now),
          false,
          "revisions are compared exactly: case, length and every character",
        );
      }
      await checkStored(store, created, now, "a refused update changes nothing");
      const updated = revise(created, { revision: `${revision.slice(0, 63)}y` });
      check(await store.update(updated, revision, now), true, "update at the stored revision answers true");
      await checkStored(store, updated, now, "the revision is kept exactly as the caller gave it");
    },
  },
];
