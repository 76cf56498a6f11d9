import { logFailure, statusOf } from "./failure.ts";
import { errorThrown } from "./kit-thrown.ts";

/** What SvelteKit and its client tell each other, as far as it matters whether a request went well. */
interface Said {
  readonly type?: string;
  /** In version 2. */
  readonly status?: number;
  readonly error?: { readonly status?: number };
  /** After a navigation: what came of each `load`. */
  readonly nodes?: readonly (Said | null)[];
}

/**
 * Kit answers its own client with 200 whatever happened in a `load` or a remote function, and says what did in the body's
 * first line. A body that reads otherwise has the status it came with.
 */
export async function statusSaid(response: Response): Promise<number> {
  const type = response.headers.get("content-type") ?? "";
  if (response.status !== 200 || !/^(application\/json|text\/sveltekit-data)/.test(type)) return response.status;
  const said = parsed(await firstLine(response));
  const errors = [said, ...(said?.nodes ?? [])].filter((part) => part?.type === "error");
  return Math.max(response.status, ...errors.map((part) => part?.error?.status ?? part?.status ?? 500));
}

/** The first line of the body, which stays to be sent. */
async function firstLine(response: Response): Promise<string> {
  const body = response.clone().body?.pipeThrough(new TextDecoderStream());
  let text = "";
  // To leave the loop cancels the copy.
  for await (const piece of body ?? []) {
    text += piece;
    if (text.includes("\n")) break;
  }
  return text.split("\n", 1).join();
}

function parsed(line: string): Said | undefined {
  try {
    return Object(JSON.parse(line)) as Said;
  } catch {
    return undefined;
  }
}

/**
 * Logs an error and answers it: text for a browser, and one form for all that Kit's client asks, which reads `message` after a
 * navigation, else `type` and `error`. The message of Kit's `error()` is for the visitor; others' are for the log.
 */
export function answerAsKit(
  request: { readonly headers: { get(name: string): string | null } },
  error: unknown,
): Response {
  logFailure(error);
  const { status, message } = errorThrown(error) ?? { status: statusOf(error), message: "Internal Error" };
  if (request.headers.get("accept")?.includes("text/html")) return new Response(message, { status });
  return Response.json({ type: "error", status, message, error: { status, message } }, { status });
}
