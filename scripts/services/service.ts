/** What a server's commands are built from: its programs by name, its data folder and its port. */
export interface Instance {
  /** The folder of the kit; empty without one. */
  readonly kit: string;
  readonly programs: Readonly<Record<string, string>>;
  readonly data: string;
  readonly port: number;
}

/** How to run a private copy. Everything listens on 127.0.0.1 only. */
export interface Server {
  /** The port the server has in its container. */
  readonly containerPort: number;
  /** Some servers refuse to run as root; started by root, they run as this user. */
  readonly user: string;
  /** Commands that must end before the server starts, such as creating a database cluster. */
  readonly prepare?: (instance: Instance) => string[][];
  /** The server itself, in the foreground: a daemon would outlive us. */
  readonly command: (instance: Instance) => string[];
  /** The line of its output that says it is ready. Without it: ready when the port accepts a connection. */
  readonly ready?: RegExp;
  /** The signal that stops it without waiting for clients to leave. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

/**
 * One program or server the tests can use, as data: `provision.ts` knows how to look for it, install it, start it and stop it.
 * Tried in this order: the variable is set · the programs are found · apt-get as root · docker compose · left out. Of a kit:
 * the variable is set · it is in .cache · npm · left out.
 */
export interface Service {
  readonly name: string;
  /** The environment variable that tells the tests where it is. Set beforehand: used as it is, nothing is started. */
  readonly variable: string;
  /** Each program's possible names: found on the PATH, in `folders`, or as an absolute path. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** Glob patterns of folders that packagers keep off the PATH. */
  readonly folders?: readonly string[];
  /** Debian packages. */
  readonly apt?: readonly string[];
  /** The packages of test/kits/<name>, from the npm registry, instead of programs. */
  readonly kit?: string;
  /** Its name in test/compose.yaml, if it is there. */
  readonly compose?: string;
  /** How a person gets it, shown when it is left out. */
  readonly advice: string;
  /** Missing when there is nothing to start. */
  readonly server?: Server;
  /** The variable's value. */
  readonly value: (instance: Instance) => string;
}
