const LONGEST_PAUSE = 32;

/**
 * In milliseconds. Deadlocks among single statements end with the first pause; whoever meets them longer has another
 * problem.
 */
export const LONGEST_DEADLOCK = 1_000;

/**
 * Tries again while the database refuses for a reason that passes: a lock somebody else holds, a deadlock this
 * statement was chosen to lose. Only a refusal is tried again, that is an answer which says that nothing was applied;
 * any other error may have left its mark.
 *
 * @param longest how many milliseconds of refusals to sit through.
 * @throws what the attempt threw: at once if that is no refusal, otherwise the last refusal.
 */
export async function whileRefused<T>(
  isRefusal: (error: unknown) => boolean,
  longest: number,
  attempt: () => T | Promise<T>,
): Promise<T> {
  let giveUpAt: number | undefined;
  for (let pause = 2; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const now = performance.now();
      giveUpAt ??= now + longest;
      if (now >= giveUpAt) throw error;
    }
    // Jittered, so that those who were refused together do not come back together.
    await sleep(pause * (0.5 + Math.random() / 2));
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
