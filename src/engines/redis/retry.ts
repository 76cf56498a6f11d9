const LONGEST_PAUSE = 100;

/**
 * Tries again while the server refuses for a reason that passes: it loads its data, or changes over to another primary.
 * Only a refusal is tried again, that is an answer which says that nothing was applied; any other error may have left
 * its mark.
 *
 * @param longest how many milliseconds of refusals to sit through.
 * @throws what the attempt threw: at once if that is no refusal, otherwise the last refusal.
 */
export async function whileRefused<T>(
  isRefusal: (error: unknown) => boolean,
  longest: number,
  attempt: () => Promise<T>,
): Promise<T> {
  let giveUpAt: number | undefined;
  for (let pause = 10; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const now = performance.now();
      giveUpAt ??= now + longest;
      if (now >= giveUpAt) throw error;
    }
    // Jittered, so that those who were refused together do not come back together.
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
  }
}
