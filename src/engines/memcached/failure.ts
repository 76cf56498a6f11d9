import { causeFrom } from "../../core/cause.ts";
import { InvalidData, SessionError, StoreUnavailable } from "../../core/errors.ts";
import { UnknownAnswer } from "./client.ts";

/** In memcached's own words, what goes wrong for a reason that somebody can do something about. */
const advice: readonly [said: RegExp, advice: string][] = [
  [
    /^SERVER_ERROR out of memory storing/,
    "It is full and was started with -M, so it evicts nothing: give it more memory (-m), or start it without -M.",
  ],
  [/^ERROR Too many open connections/, "Raise its -c, or lower the number of processes."],
  [/ECONNREFUSED|ENOTFOUND|connect timeout/, "Look whether it runs there."],
];

/** The server's and the client's own words; they repeat neither keys nor values. Another client's may. */
const harmless =
  /^(?:SERVER_ERROR|CLIENT_ERROR|ERROR|connect|getaddrinfo|socket|Command timeout|Shutdown requested|read E|write E)/;

/** Turns whatever a client throws into what a store may throw. `size` is that of what was to be written, in bytes. */
export function failure(where: string, cause: unknown, id: string, size?: number): SessionError {
  if (cause instanceof SessionError) return cause;
  const said = cause instanceof Error ? cause.message : "";
  if (said.startsWith("SERVER_ERROR object too large")) {
    return new InvalidData(
      `Session ${id} is ${size} bytes, more than ${where} takes as one item. Nothing was written. ` +
        "Lower limits.payloadLength, or raise the server's -I (1 MB by default).",
      { cause: causeFrom(cause) },
    );
  }
  const [, hint] = advice.find(([pattern]) => pattern.test(said)) ?? [];
  const reason = harmless.test(said) || cause instanceof UnknownAnswer ? said : `its client failed${codeOf(cause)}`;
  return unusable(where, `${reason}.${hint === undefined ? "" : ` ${hint}`}`, cause);
}

export function unusable(where: string, why: string, cause?: unknown): StoreUnavailable {
  return new StoreUnavailable(`The memcached engine cannot use ${where}: ${why}`, { cause: causeFrom(cause) });
}

function codeOf(cause: unknown): string {
  const code: unknown = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? ` with ${code}` : "";
}
