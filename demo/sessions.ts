import { createSessions, type SessionStore } from "coatcheck";
import { db } from "coatcheck/db";
import { memory } from "coatcheck/memory";

export type Theme = "light" | "dark";

/** All that this shop keeps of a visitor. */
export interface Data {
  visits: number;
  theme: Theme;
  /** How many of which product. */
  cart: Record<string, number>;
  /** What twenty requests at once counted together; beside it, each leaves a key of its own. */
  rushCount: number;
  [ticket: `request-${number}`]: true;
}

/** The engines to choose from, by the name in COATCHECK_ENGINE. The rest of the shop does not know which one it has. */
const engines: Record<string, () => SessionStore> = {
  db: () => db(),
  memory: () => memory(),
};

/** An app rarely needs its store. This one shows what is in it. */
export const store = chosenEngine(process.env["COATCHECK_ENGINE"] || "db");

export const sessions = createSessions<Data>({ engine: store });

function chosenEngine(name: string): SessionStore {
  const engine = Object.hasOwn(engines, name) ? engines[name] : undefined;
  if (engine !== undefined) return engine();
  throw new Error(`COATCHECK_ENGINE: expected one of ${Object.keys(engines).join(", ")}; got "${name}".`);
}
