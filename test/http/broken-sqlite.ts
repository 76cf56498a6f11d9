import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** While the program in this folder finds no table in the file where it keeps its sessions. */
export async function withoutTable(cwd: string, work: () => Promise<void>): Promise<void> {
  const file = new DatabaseSync(join(cwd, ".coatcheck/sessions.sqlite"));
  file.exec("PRAGMA busy_timeout = 5000; ALTER TABLE coatcheck_session RENAME TO away");
  try {
    await work();
  } finally {
    file.exec("ALTER TABLE away RENAME TO coatcheck_session");
    file.close();
  }
}
