import { exit } from "./exit.ts";
import { codeOf, exitCodeOf, messageOf, stacksOf } from "./failure.ts";

/** What a command has to say when it is done. */
export interface Report {
  /** For `--json`. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** For people; nothing is printed where it is empty. */
  readonly text: string;
  /** A warning or an explanation, beside the result. */
  readonly note?: string | undefined;
  /** Where the work did not come to its end, although some of it was done. */
  readonly failure?: unknown;
  readonly exitCode?: number | undefined;
}

export interface Options {
  readonly config?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Runs a command and prints: the result on stdout, as text or as one JSON object, everything else on stderr. */
export async function perform(command: string, options: Options, work: () => Promise<Report>): Promise<number> {
  const { facts, text, note, failure, exitCode } = await work().catch((error: unknown): Report => ({
    facts: {},
    text: "",
    failure: error ?? new Error("Something threw nothing."),
  }));

  if (note !== undefined) console.error(note);
  if (failure !== undefined) {
    console.error(`coatcheck ${command}: ${messageOf(failure)}`);
    if (options.verbose) console.error(stacksOf(failure));
  }
  if (options.json) {
    const error = failure === undefined ? undefined : { code: codeOf(failure), message: messageOf(failure) };
    console.log(JSON.stringify({ command, ok: failure === undefined, ...facts, error }));
  } else if (text !== "") console.log(text);

  if (failure !== undefined) return exitCodeOf(failure);
  return exitCode ?? exit.done;
}
