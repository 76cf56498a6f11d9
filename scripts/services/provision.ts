import { setImmediate } from "node:timers/promises";
import { BootstrapError } from "../bootstrap/error.mjs";
import { aptInstall } from "./apt.ts";
import { composeDown, composeUp } from "./compose.ts";
import { canUseApt, canUseDocker, findPrograms } from "./find.ts";
import { startServer } from "./server.ts";
import { installKit } from "./kit.ts";
import type { Instance, Service } from "./service.ts";

interface Provided {
  readonly value: string;
  readonly stop?: () => Promise<void> | void;
}

/** Provides what it can of `services`, runs `use` with the variables that tell where they are, then stops what it started. */
export async function withServices(
  services: readonly Service[],
  use: (variables: Record<string, string>) => Promise<number>,
): Promise<number> {
  // While these are handled, Ctrl-C cannot end this process before its servers.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  for (const signal of signals) process.on(signal, onSignal);

  const running: Provided[] = [];
  try {
    // Looked for and installed one by one (apt-get takes a lock), then started together.
    const found: { service: Service; provide: () => Promise<Provided> }[] = [];
    for (const service of services) {
      found.push({ service, provide: findSource(service, interrupt.signal) });
      // What installs keeps this process from hearing a signal, which has ended npm all the same: it is heard here.
      await setImmediate();
      if (interrupt.signal.aborted) return 130;
    }
    const leftOut: string[] = [];
    const variables: Record<string, string> = {};
    await Promise.all(
      found.map(async ({ service, provide }) => {
        try {
          const provided = await provide();
          running.push(provided);
          variables[service.variable] = provided.value;
        } catch (error) {
          leftOut.push(describe(service, error));
        }
      }),
    );

    if (interrupt.signal.aborted) return 130;
    report(leftOut);
    return await use(variables);
  } finally {
    await Promise.allSettled(running.map(async ({ stop }) => stop?.()));
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** The first way to get the service that this machine offers. */
function findSource(service: Service, signal: AbortSignal): () => Promise<Provided> {
  const { variable, apt = [], kit, compose, server } = service;
  const given = process.env[variable];
  if (given !== undefined && given !== "") return async () => ({ value: given });

  if (kit !== undefined) {
    const folder = attempt(() => installKit(kit));
    return async () => ({ value: service.value({ ...nowhere, kit: folder() }) });
  }

  let programs = findPrograms(service);
  if (programs === undefined && apt.length > 0 && canUseApt() && aptInstall(apt)) programs = findPrograms(service);
  if (programs !== undefined) return start(service, programs, signal);

  if (compose !== undefined && server !== undefined && canUseDocker()) {
    return async () => {
      try {
        const port = composeUp(compose, server.containerPort);
        return { value: service.value({ ...nowhere, port }), stop: composeDown };
      } catch (error) {
        composeDown();
        throw error;
      }
    };
  }
  return async () => {
    throw new Error("not found");
  };
}

const nowhere: Instance = { kit: "", programs: {}, data: "", port: 0 };

/** Does it now, in turn with the others, and leaves a failure to whoever asks for the outcome. */
function attempt<T>(work: () => T): () => T {
  try {
    const outcome = work();
    return () => outcome;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function start(service: Service, programs: Record<string, string>, signal: AbortSignal): () => Promise<Provided> {
  return async () => {
    if (service.server === undefined) return { value: service.value({ ...nowhere, programs }) };
    const { instance, stop } = await startServer(service.server, programs, signal);
    return { value: service.value(instance), stop };
  };
}

/** One line, however long the server's own complaint is. */
function describe({ name, variable, advice }: Service, error: unknown): string {
  const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").trim();
  return `LEFT OUT: tests that need ${name} (${reason}). To run them: ${advice}, or set ${variable}.`;
}

function report(leftOut: readonly string[]): void {
  if (leftOut.length === 0) return;
  if (process.env["COATCHECK_REQUIRE"] === "all") {
    throw new BootstrapError(`${leftOut.join("\n")}\nCOATCHECK_REQUIRE=all: expected every service.`);
  }
  for (const line of leftOut) console.error(process.stderr.isTTY ? `\u001B[1;33m${line}\u001B[0m` : line);
}
