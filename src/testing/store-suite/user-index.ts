import type { Instant, RecordSummary, SessionRecord, UserIndexedStore } from "../../core/store.ts";
import { isUserIndexed } from "../../core/store.ts";
import type { StoreCase, StoreCaseContext } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkGone, checkStored, given } from "./check.ts";
import { interleavings } from "./interleave.ts";
import { checkSummaries } from "./summary.ts";

export const userIndexCases: readonly StoreCase[] = [
  indexed("user index: lists this user's records only", async (store, { record, now }) => {
    const own = [
      await given(store, record({ userId: "ada" }), now),
      await given(store, record({ userId: "ada" }), now),
    ];
    await given(store, record({ userId: "grace" }), now);
    await given(store, record(), now);
    await checkListed(
      store,
      "ada",
      now,
      own,
      "listByUser answers this user's records, nobody else's and not the anonymous",
    );
    check(await store.listByUser("nobody", now), [], "listByUser of a user without records answers an empty list");
  }),
  indexed("user index: lists the living only", async (store, { record, now }) => {
    const living = await given(store, record({ userId: "ada", expiresAt: now + HOUR + 1 }), now);
    await given(store, record({ userId: "ada", expiresAt: now + HOUR }), now);
    await given(store, record({ userId: "ada", expiresAt: now + 1000 }), now);
    await checkListed(store, "ada", now + HOUR, [living], "listByUser answers records with expiresAt > now");
  }),
  indexed("user index: lists the oldest first", async (store, { record, now }) => {
    const ages = [2, 5, 1, 4, 3];
    const created = [];
    for (const age of ages) created.push(await given(store, record({ userId: "ada", createdAt: now - age }), now));
    const oldestFirst = created.toSorted((a, b) => a.createdAt - b.createdAt).map(({ id }) => id);
    const listed = (await store.listByUser("ada", now)).map(({ id }) => id);
    check(listed, oldestFirst, "listByUser answers in the order of createdAt, oldest first");
  }),
  indexed("user index: shows neither payload nor secret hash nor revision", async (store, { record, now }) => {
    const created = await given(store, record({ userId: "ada" }), now);
    checkSummaries(await store.listByUser("ada", now), [created], "listByUser");
  }),
  indexed("user index: tells user ids apart exactly", async (store, { record, now }) => {
    const userIds = [
      "ada",
      "Ada",
      "ad",
      "a_a",
      "a%",
      "*",
      "ada:1",
      "ada/1",
      "../ada",
      "{ada}",
      "адa",
      "ada ",
      "__proto__",
      "👩‍💻",
    ];
    const created = [];
    for (const userId of userIds) created.push(await given(store, record({ userId }), now));
    for (const each of created) {
      const userId = each.userId ?? "";
      await checkListed(
        store,
        userId,
        now,
        [each],
        `the user id ${userId} is compared exactly, never as a pattern or without its case`,
      );
    }
    check(await store.deleteByUser("a_a"), 1, "deleteByUser compares the user id exactly, never as a pattern");
  }),
  indexed("user index: follows a change of user", async (store, { record, revise, now }) => {
    const anonymous = await given(store, record(), now);
    const ada = revise(anonymous, { userId: "ada" });
    await store.update(ada, anonymous.revision, now);
    await checkListed(store, "ada", now, [ada], "a record is listed under the user an update gave it");

    const grace = revise(ada, { userId: "grace" });
    await store.update(grace, ada.revision, now);
    await checkListed(store, "ada", now, [], "a record is no longer listed under the user an update took it from");
    await checkListed(store, "grace", now, [grace], "a record is listed under the user an update gave it");

    await store.update(revise(grace, { userId: undefined }), grace.revision, now);
    await checkListed(store, "grace", now, [], "a record whose user an update cleared is listed under nobody");
    check(await store.deleteByUser("ada"), 0, "deleteByUser leaves records that used to be this user's");
    check(
      (await store.read(grace.id, now))?.userId,
      undefined,
      "deleteByUser leaves records that used to be this user's",
    );
  }),
  indexed("user index: a refused update moves nothing", async (store, { record, revise, now }) => {
    const created = await given(store, record({ userId: "ada" }), now);
    await store.update(revise(created, { userId: "grace" }), "never-written", now);
    await checkListed(store, "ada", now, [created], "a refused update leaves the record under its user");
    await checkListed(store, "grace", now, [], "a refused update puts the record under nobody else");
    await store.create(record({ id: created.id, userId: "grace" }), now);
    await checkListed(store, "grace", now, [], "a refused create puts the record under nobody else");
  }),
  indexed("user index: follows a touch past the first expiry", async (store, { record, now }) => {
    const created = await given(store, record({ userId: "ada" }), now);
    await store.touch(created.id, created.revision, now + 2 * HOUR, now + 1);
    const touched = { ...created, renewedAt: now + 1, expiresAt: now + 2 * HOUR };
    await checkListed(store, "ada", now + HOUR, [touched], "the index never misses the living: it moves with a touch");
  }),
  indexed("user index: forgets what was deleted", async (store, { record, now }) => {
    const { id } = await given(store, record({ userId: "ada" }), now);
    const kept = await given(store, record({ userId: "ada" }), now);
    await store.delete(id);
    await checkListed(store, "ada", now, [kept], "a deleted record is no longer listed");
    check(await store.deleteByUser("ada"), 1, "deleteByUser does not count what was deleted before");
  }),
  indexed("user index: deletes all of a user's, live and expired", async (store, { record, now }) => {
    const own = [
      await given(store, record({ userId: "ada" }), now),
      await given(store, record({ userId: "ada", expiresAt: now + 1 }), now),
    ];
    const others = [await given(store, record({ userId: "grace" }), now), await given(store, record(), now)];
    await store.listByUser("ada", now + 1000);
    check(await store.deleteByUser("ada"), 2, "deleteByUser answers how many live or expired records it removed");
    for (const { id } of own) check(await store.delete(id), false, "deleteByUser removes all of the user's records");
    for (const other of others)
      await checkStored(store, other, now, "deleteByUser leaves everybody else's records alone");
    check(await store.deleteByUser("ada"), 0, "deleteByUser of a user without records answers 0");
  }),
  indexed("user index: deletes all but one", async (store, { record, now }) => {
    const kept = await given(store, record({ userId: "ada" }), now);
    for (let count = 0; count < 3; count += 1) await given(store, record({ userId: "ada" }), now);
    check(await store.deleteByUser("ada", kept.id), 3, "deleteByUser with exceptId does not count the one it leaves");
    await checkListed(store, "ada", now, [kept], "deleteByUser with exceptId leaves that record and removes the rest");
    await checkStored(store, kept, now, "deleteByUser with exceptId leaves that record as it is");

    const grace = await given(store, record({ userId: "grace" }), now);
    check(
      await store.deleteByUser("ada", grace.id),
      1,
      "an exceptId of another user's record spares none of this user's",
    );
    await checkStored(store, grace, now, "deleteByUser leaves everybody else's records alone");
  }),
  indexed(
    "user index: deleting a user's records against an update never revives",
    async (store, { record, revise, now }) => {
      for (const together of interleavings) {
        const created = await given(store, record({ userId: "ada" }), now);
        const [, deleted] = await together(
          () => store.update(revise(created), created.revision, now),
          () => store.deleteByUser("ada"),
        );
        check(deleted, 1, "deleteByUser beside an update still removes the record, and counts it");
        await checkGone(store, created.id, now, "an update racing deleteByUser never brings the record back");
      }
    },
    true,
  ),
];

function indexed(
  name: string,
  run: (store: UserIndexedStore, context: StoreCaseContext) => Promise<void>,
  atomic?: true,
): StoreCase {
  return {
    name,
    power: "user-indexed",
    ...(atomic && { atomic }),
    run(store, context) {
      if (!isUserIndexed(store)) throw new TypeError(`${name} needs a store with listByUser and deleteByUser`);
      return run(store, context);
    },
  };
}

/** In any order: that of equal `createdAt` is the store's own. */
async function checkListed(
  store: UserIndexedStore,
  userId: string,
  now: Instant,
  expected: readonly SessionRecord[],
  promise: string,
): Promise<void> {
  const listed = await store.listByUser(userId, now);
  check(listed.map(idAndExpiry).sort(), expected.map(idAndExpiry).sort(), promise);
}

function idAndExpiry({ id, expiresAt }: RecordSummary): string {
  return `${id} until ${expiresAt}`;
}
