import { causeFrom } from "../../core/cause.ts";
import { StoreUnavailable } from "../../core/errors.ts";

interface Explanation {
  readonly reason: string;
  readonly advice?: string;
}

const PASSES = "It passes by itself: trying again later is right.";
const CLUSTER = "Give redis() a Cluster client of your library: this server is one node of a Cluster.";
const LOGIN = "Look at user and password, in the URL or of the client.";

/** By the first word of an error reply. */
const answers: Readonly<Record<string, Explanation>> = {
  ASK: { reason: "it sends us to another node", advice: CLUSTER },
  BUSY: { reason: "it is busy running somebody's script", advice: "SCRIPT KILL ends it." },
  CLUSTERDOWN: { reason: "the Cluster does not serve this key now", advice: PASSES },
  CROSSSLOT: { reason: "it takes one key of ours for several", advice: "Look at the client's key prefix." },
  LOADING: { reason: "it is loading its data", advice: PASSES },
  MASTERDOWN: { reason: "it has lost its primary", advice: PASSES },
  MISCONF: { reason: "it cannot save to its disk, and so refuses writes", advice: "Look at its log and its disk." },
  MOVED: { reason: "it sends us to another node", advice: CLUSTER },
  NOAUTH: { reason: "it wants a password", advice: LOGIN },
  NOPERM: {
    reason: "the user lacks a permission",
    advice: "The settings' documentation has the commands that are used.",
  },
  NOREPLICAS: { reason: "it has too few replicas to accept writes", advice: "Look at min-replicas-to-write." },
  OOM: {
    reason: "it is out of memory and refuses writes; reads go on",
    advice: "Give it more (maxmemory), or fewer sessions.",
  },
  READONLY: {
    reason: "it is a read-only replica",
    advice: "If this is no failover, which passes, connect to the primary.",
  },
  TRYAGAIN: { reason: "the Cluster is moving this key", advice: PASSES },
  WRONGPASS: { reason: "it does not let this user in", advice: LOGIN },
  WRONGTYPE: {
    reason: "under a key of ours it holds something that is no record of ours",
    advice: "Somebody else writes keys with our prefix: give one of the two another, or a database of its own.",
  },
};

/** Replies that begin with ERR say what they mean in their text only. They may repeat values after it. */
const errors: readonly [RegExp, Explanation][] = [
  [
    /^ERR unknown command/i,
    { reason: "it lacks a command that is needed", advice: "Redis 6.2, Valkey 7.2 or newer is." },
  ],
  [/^ERR DB index is out of range/i, { reason: "it has no database of that number" }],
  [/^ERR SELECT is not allowed in cluster mode/i, { reason: "a Cluster has no database numbers", advice: CLUSTER }],
  [/^ERR max number of clients reached/i, { reason: "it has too many connections", advice: "Look at maxclients." }],
];

/** GLIDE has words of its own for some of them. */
const aliases: Readonly<Record<string, string>> = {
  BusyLoadingError: "LOADING",
  ClusterDown: "CLUSTERDOWN",
  MasterDown: "MASTERDOWN",
  NoScriptError: "NOSCRIPT",
  ReadOnly: "READONLY",
  ResponseError: "ERR",
  TryAgain: "TRYAGAIN",
};

/** Redis before 7 wraps what stopped a script: `ERR Error running script (call to f_…): @user_script:3: -READONLY …` */
const STOPPED_SCRIPT = /Error running script .*?@user_script: ?\d+: -?([A-Z]{3,}) /;

/** The first word of the server's error reply, by any client; undefined for what no server said. */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, stopped] = STOPPED_SCRIPT.exec(error.message) ?? [];
  if (stopped !== undefined) return stopped;
  const [, code] = /^([A-Z]{3,})(?:[ :]|$)/.exec(error.message) ?? [];
  if (code !== undefined) return code;
  const [, word] = /^An error was signalled by the server: - (\w+)/.exec(error.message) ?? [];
  return word && (aliases[word] ?? word);
}

/** The server said that it did nothing, and will do it soon. */
export function isPassingRefusal(error: unknown): boolean {
  const code = replyCode(error);
  return code !== undefined && ["CLUSTERDOWN", "LOADING", "MASTERDOWN", "READONLY", "TRYAGAIN"].includes(code);
}

/**
 * Turns whatever a client throws into the one error a store may throw. A server's reply may repeat what it was sent, so of
 * it no more than the first word is passed on; what a client says by itself holds no values.
 */
export function failure(where: string, cause: unknown): StoreUnavailable {
  if (cause instanceof StoreUnavailable) return cause;
  const { reason, advice } = explain(cause);
  const message = `The redis engine cannot use ${where}: ${reason}.${advice === undefined ? "" : ` ${advice}`}`;
  return new StoreUnavailable(message, { cause: causeFrom(cause) });
}

function explain(cause: unknown): Explanation {
  if (cause instanceof AggregateError && cause.errors.length > 0) return explain(cause.errors[0]);
  if (!(cause instanceof Error)) return { reason: "unknown reason" };
  const code = replyCode(cause);
  if (code === undefined) return { reason: cause.message.replace(/\.$/, "") || cause.constructor.name };
  const text = cause.message.replace(/^An error was signalled by the server: - ResponseError:/, "ERR");
  const known = answers[code] ?? errors.find(([pattern]) => pattern.test(text))?.[1];
  return known ?? { reason: `it refused the command (${code})` };
}
