import { expect, test } from "vitest";
import { messageOf, redact, stacksOf } from "../../src/cli/failure.ts";
import { hashSecret, newId, newSecret } from "../../src/core/token.ts";

test.each([
  ["postgres://app:pa@ss/word@db:5432/shop", "postgres://***@db:5432/shop"],
  ['connect "mysql://root:x@[::1]/a" failed', 'connect "mysql://***@[::1]/a" failed'],
  ["redis://:onlypassword@cache", "redis://***@cache"],
  ["host=db password=hunter2 user=app", "host=db password=*** user=app"],
  ['{"password": "hunter2"}', '{"password": "***"}'],
  ["https://example.com/page is fine, and so is ada@example.com", undefined],
])("%s holds no password when it is printed", (text, expected) => {
  expect(redact(text)).toBe(expected ?? text);
});

test("no token is printed, not even out of somebody else's message", () => {
  const token = newId() + newSecret();
  expect(messageOf(new Error(`cookie session=${token} was refused`))).toBe("cookie session=*** was refused");
});

test("of an error and its causes only the stacks are printed: drivers hang queries on their errors", () => {
  const secretHash = hashSecret(newSecret());
  const driver = Object.assign(new Error("deadlock"), { parameters: [secretHash], query: "update …" });
  const text = stacksOf(new Error("The store failed", { cause: driver }));
  expect(text).toMatch(/^Error: The store failed\n[^]*\n {2}caused by Error: deadlock\n/);
  expect(text).not.toContain(secretHash);
});
