import { exit, UsageError } from "./exit.ts";

/** By `code` and not by class: the error may come from the app's own copy of this package. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exit.usage;
  return codeOf(error) === "NOT_SUPPORTED" ? exit.notSupported : exit.failed;
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return redact(error instanceof Error ? error.message : String(error));
}

/**
 * The stacks of an error and its causes, and nothing else of them: drivers hang queries, with the values in them, on
 * their errors.
 */
export function stacksOf(error: unknown): string {
  const stacks: string[] = [];
  for (let each = error; each instanceof Error && stacks.length < 10; each = each.cause) {
    stacks.push(each.stack ?? each.message);
  }
  return redact(stacks.join("\n  caused by "));
}

/**
 * The last line of defence. Our own messages hold no credential, but other people's errors pass through here, and a
 * driver's message may quote the address it was given, password and all.
 */
export function redact(text: string): string {
  return (
    text
      // To the last @ and not the first: passwords hold @ and / when nobody encoded them.
      .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s"'`<>]*@/gi, "$1***@")
      .replace(/\b(password|passwd|pwd)(["']?\s*[=:]\s*["']?)[^\s"'&;,]+/gi, "$1$2***")
      // A token: id, secret and perhaps a tag.
      .replace(/\b[0-9a-f]{32}[\w-]{43,}/g, "***")
  );
}
