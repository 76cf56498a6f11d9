import type { StoreCase } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkGone, checkThat, given, winners } from "./check.ts";
import { interleavings } from "./interleave.ts";

/**
 * Two verbs against each other on one record. The answers have to be those of one order or the other; which of the two
 * is left open.
 */
export const raceCases: readonly StoreCase[] = [
  {
    name: "race: delete against update never revives",
    atomic: true,
    async run(store, { record, revise, now }) {
      for (const together of interleavings) {
        const created = await given(store, record(), now);
        const [, deleted] = await together(
          () => store.update(revise(created), created.revision, now),
          () => store.delete(created.id),
        );
        check(deleted, true, "delete beside an update still removes the record, and answers true");
        await checkGone(store, created.id, now, "an update racing a delete never brings the record back");
        check(
          await store.create(created, now),
          true,
          "an update racing a delete leaves nothing behind, so the id is free",
        );
      }
    },
  },
  {
    name: "race: delete against touch never revives",
    atomic: true,
    async run(store, { record, now }) {
      for (const together of interleavings) {
        const created = await given(store, record(), now);
        const [, deleted] = await together(
          () => store.touch(created.id, created.revision, now + 2 * HOUR, now),
          () => store.delete(created.id),
        );
        check(deleted, true, "delete beside a touch still removes the record, and answers true");
        await checkGone(store, created.id, now, "a touch racing a delete never brings the record back");
        check(
          await store.create(created, now),
          true,
          "a touch racing a delete leaves nothing behind, so the id is free",
        );
      }
    },
  },
  {
    name: "race: delete against delete, exactly one removes",
    atomic: true,
    async run(store, { record, now }) {
      for (const together of interleavings) {
        const { id } = await given(store, record(), now);
        const answers = await together(
          () => store.delete(id),
          () => store.delete(id),
        );
        check(winners(answers).length, 1, "of two deletes at once exactly one answers true: it removed the record");
      }
    },
  },
  {
    name: "race: touch against update keeps the update's payload",
    atomic: true,
    async run(store, { record, revise, now }) {
      for (const together of interleavings) {
        const created = await given(store, record(), now);
        const next = revise(created, { expiresAt: now + 2 * HOUR, userId: "ada" });
        const answers = await together(
          () => store.touch(created.id, created.revision, now + 3 * HOUR, now + 1),
          () => store.update(next, created.revision, now),
        );
        check(answers[1], true, "an update beside a touch answers true: a touch never makes an update stale");

        const found = await store.read(created.id, now);
        const written = found && [found.payload, found.revision, found.secretHash, found.userId];
        check(
          written,
          [next.payload, next.revision, next.secretHash, next.userId],
          "a touch keeps what a concurrent update wrote",
        );
        checkThat(
          found?.expiresAt === now + 2 * HOUR || found?.expiresAt === now + 3 * HOUR,
          "the expiry beside a concurrent touch is the update's (written last) or the touch's (moved forward from it)",
          found?.expiresAt,
        );
      }
    },
  },
];
