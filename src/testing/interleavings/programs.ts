/** What a session holds in these runs; it begins with `a` and `n`. */
export interface VisitorData {
  a?: string;
  b?: string;
  n?: number;
}

export const initialData: Readonly<VisitorData> = { a: "a from the start", n: 0 };

/**
 * One thing a request does. `later` and `expire` move everybody's clock: by two hours, so that whoever opens the session
 * afterwards has to renew it, and past the end of every session there is. `fail` makes the response a 500.
 */
export type Operation =
  | "read"
  | "setA"
  | "setB"
  | "updateN"
  | "popA"
  | "cycleKey"
  | "flush"
  | "later"
  | "expire"
  | "fail";

/**
 * One request: open the session by its first token, do these in order, commit. Clock moves at the front happen before it
 * is opened, so `["later"]` is a request that only renews.
 */
export type Program = readonly Operation[];

export const singles: readonly Program[] = [
  ["read"],
  ["setA"],
  ["setB"],
  ["updateN"],
  ["popA"],
  ["cycleKey"],
  ["flush"],
  ["later"],
  ["expire"],
];

/**
 * Not every pair of operations, but each way two can meet in one commit: two keys, one key twice, data with a rotation,
 * work before and after a flush, every write under a moved clock, and what a failed response keeps.
 */
export const doubles: readonly Program[] = [
  ["setA", "setB"],
  ["setA", "updateN"],
  ["setA", "popA"],
  ["popA", "setB"],
  ["updateN", "updateN"],
  ["updateN", "cycleKey"],
  ["cycleKey", "setA"],
  ["popA", "cycleKey"],
  ["flush", "setA"],
  ["setA", "flush"],
  ["cycleKey", "flush"],
  ["later", "updateN"],
  ["later", "cycleKey"],
  ["later", "flush"],
  ["updateN", "expire"],
  ["cycleKey", "expire"],
  ["expire", "setB"],
  ["updateN", "fail"],
  ["cycleKey", "fail"],
  ["later", "fail"],
  ["updateN", "cycleKey", "fail"],
];

/** Whether it may write data or the key, and so may have to replay when another such request came first. */
export function writes(program: Program): boolean {
  return program.some((operation) => /^(set|update|pop|cycle)/.test(operation));
}

export function nameOf(program: Program): string {
  return program.join(" + ");
}

/** The data operations, as they are done to plain data. `who` makes every plain write tell whose it was. */
export function applyTo(data: VisitorData, operation: Operation, who: number): void {
  switch (operation) {
    case "setA":
      data.a = `a from ${who}`;
      break;
    case "setB":
      data.b = `b from ${who}`;
      break;
    case "updateN":
      data.n = (data.n ?? 0) + 1;
      break;
    case "popA":
      delete data.a;
      break;
    default:
      break;
  }
}
