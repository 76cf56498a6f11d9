/** In milliseconds. Well past the longest sensible transaction, well within a request's patience. */
const LONGEST_WAIT = 2_000;
const LONGEST_PAUSE = 32;

/** SQLITE_BUSY and SQLITE_LOCKED, the extended codes included: somebody else holds the lock, nothing was applied. */
function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 5 || code === 6;
}

/** SQLite's own result code, without its extension; undefined if the error is none of SQLite's. */
export function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

/**
 * Tries again while another connection holds the lock, and sleeps in between.
 *
 * SQLite's own busy timeout would sleep too, but inside the call: the whole process would stand still, and with it the
 * very request that might hold the lock. Only a refusal is tried again; any other error may have left its mark.
 *
 * @throws what the attempt threw: at once if that is no refusal, the last refusal after two seconds of them.
 */
export async function whileBusy<T>(attempt: () => T | Promise<T>): Promise<T> {
  let giveUpAt: number | undefined;
  for (let pause = 2; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      const now = performance.now();
      giveUpAt ??= now + LONGEST_WAIT;
      if (now >= giveUpAt) throw error;
    }
    // Jittered, so that those who were refused together do not come back together.
    await sleep(pause * (0.5 + Math.random() / 2));
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
