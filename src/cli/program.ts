import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { type ClearOptions, clearSessions } from "./commands/clearsessions.ts";
import { migrate, type MigrateOptions } from "./commands/migrate.ts";
import { secret } from "./commands/secret.ts";
import { type Config, loadConfig } from "./config.ts";
import { exit } from "./exit.ts";
import { configNames } from "./find-config.ts";
import { type Options, perform, type Report } from "./report.ts";

/** Runs one command line and answers with its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = exit.done;

  const program = new Command("coatcheck")
    .description("Looks after the store behind your sessions.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .option("--config <file>", "the file that exports your sessions, as the app does", undefined)
    .option("--json", "print one JSON object")
    .option("--verbose", "print the stack of an error, and its causes")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(coatcheck --help shows what there is)")
    .addHelpText(
      "after",
      `\nWithout --config, the first of these, here or above in the project:\n  ${configNames.join("\n  ")}`,
    )
    .exitOverride();

  /** A command on the app's store: loads the settings, and closes what they opened. */
  const onStore =
    <T>(work: (config: Config, options: T) => Promise<Report>) =>
    async (_: unknown, command: Command): Promise<void> => {
      const options = command.optsWithGlobals<Options & T>();
      code = await perform(command.name(), options, async () => {
        await using config = await loadConfig(options.config);
        return await work(config, options);
      });
    };

  program
    .command("migrate")
    .description("bring the store's schema up to date")
    .option("--sql", "print the SQL and run nothing")
    .option("--down", "take the schema back, and the sessions with it")
    .action(onStore<MigrateOptions>(migrate));

  program
    .command("clearsessions")
    .description("remove expired sessions, in batches, while the app runs")
    .option("--batch <number>", "how many at once", positive(true), 1000)
    .option("--dry-run", "count them and remove none")
    .option("--max-time <seconds>", "stop after the batch in which this is over", positive(false))
    .action(onStore<ClearOptions>(clearSessions));

  program
    .command("secret")
    .description("print a fresh secret for the option `secrets`")
    .action(async (_: unknown, command: Command) => {
      code = await perform(command.name(), command.optsWithGlobals<Options>(), secret);
    });

  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    // Commander has printed what it has to say. Help and version end this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage;
    throw error;
  }
  return code;
}

function positive(whole: boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value > 0 && (whole ? Number.isSafeInteger(value) : Number.isFinite(value))) return value;
    throw new InvalidArgumentError(`Expected a positive ${whole ? "whole number" : "number"}.`);
  };
}

function version(): string {
  // Two folders up from here, in the package as in the repository.
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
