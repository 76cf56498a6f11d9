import { changing, changingPayload, type Flaw } from "./flaw.ts";

export const textFlaws: readonly Flaw[] = [
  {
    flaw: "empty text is taken for none",
    cases: ["payload: keeps empty text"],
    breaks: changingPayload((payload) => payload || "{}"),
  },
  {
    flaw: "an encoding of three bytes a character",
    cases: ["payload: keeps unicode beyond the basic plane"],
    breaks: changingPayload((payload) => payload.replace(/[\u{10000}-\u{10FFFF}]/gu, "?")),
  },
  {
    flaw: "text is normalised",
    cases: ["payload: keeps unicode that could be normalised or stripped"],
    breaks: changingPayload((payload) => payload.normalize("NFC")),
  },
  {
    flaw: "a decoder strips the byte order mark",
    cases: ["payload: keeps unicode that could be normalised or stripped"],
    breaks: changingPayload((payload) => new TextDecoder().decode(new TextEncoder().encode(payload))),
  },
  {
    flaw: "control characters are dropped",
    cases: ["payload: keeps control characters"],
    breaks: changingPayload((payload) => payload.replace(/\p{Cc}/gu, "")),
  },
  {
    flaw: "text is trimmed",
    cases: ["payload: keeps white space at both ends"],
    breaks: changingPayload((payload) => payload.trim()),
  },
  {
    flaw: "a backslash is an escape",
    cases: ["payload: keeps text that looks like something else"],
    breaks: changingPayload((payload) => payload.replaceAll("\\", "")),
  },
  {
    flaw: "a column of 65,535 bytes cuts",
    cases: ["payload: keeps 64 KB"],
    breaks: changingPayload((payload) => payload.slice(0, 65_535)),
  },
  {
    flaw: "only update cuts",
    cases: ["payload: keeps 64 KB"],
    breaks: (honest) => ({
      update: (record, expected, now) =>
        honest.update({ ...record, payload: record.payload.slice(0, 65_535) }, expected, now),
    }),
  },
  {
    flaw: "ids are compared without their case",
    cases: ["id: 1 to 96 characters of [A-Za-z0-9_-], each a name of its own"],
    breaks: (honest) => ({
      create: (record, now) => honest.create({ ...record, id: record.id.toLowerCase() }, now),
      read: (id, now) => honest.read(id.toLowerCase(), now),
    }),
  },
  {
    flaw: "ids are keys of a plain object",
    cases: ["id: 1 to 96 characters of [A-Za-z0-9_-], each a name of its own"],
    breaks: (honest) => {
      const taken: Record<string, true> = {};
      return {
        async create(record, now) {
          if (taken[record.id]) return false;
          taken[record.id] = true;
          return honest.create(record, now);
        },
      };
    },
  },
  {
    flaw: "ids are cut at 64 characters",
    cases: ["id: 1 to 96 characters of [A-Za-z0-9_-], each a name of its own"],
    breaks: changing((record) => ({ ...record, id: record.id.slice(0, 64) })),
  },
  {
    flaw: "revisions are compared without their case",
    cases: ["revision: up to 64 characters, compared exactly"],
    breaks: (honest) => ({
      async update(record, expected, now) {
        const current = honest.live(record.id, now);
        if (current?.revision.toLowerCase() !== expected.toLowerCase()) return false;
        return honest.update(record, current.revision, now);
      },
    }),
  },
];
