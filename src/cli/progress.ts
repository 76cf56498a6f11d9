/** Where progress is shown: `process.stderr`, so that stdout holds the result alone. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  /** So many are done. */
  show(done: number): void;
  /** Makes room for other lines. */
  end(): void;
}

const barWidth = 24;

/**
 * On a terminal one line that is written over, ten times a second; elsewhere a plain line every five seconds, so that a
 * log holds a few. Thirty lines of our own: the libraries for it write cursor codes into pipes, or are no longer kept.
 *
 * @param total If known, a bar shows how far it is. What grows past it shows as a full bar.
 */
export function progress(stream: ProgressStream, total: number | undefined, clock: () => number): Progress {
  const onTerminal = stream.isTTY === true && process.env["TERM"] !== "dumb";
  const pause = onTerminal ? 100 : 5000;
  const start = clock();
  let shownAt = onTerminal ? Number.NEGATIVE_INFINITY : start;
  let open = false;

  return {
    show(done) {
      const now = clock();
      if (now - shownAt < pause) return;
      shownAt = now;
      const text = line(done, total, (now - start) / 1000);
      // To the start of the line, text, and away with what a longer one has left behind.
      stream.write(onTerminal ? `\r${text}\u001B[K` : `${text}\n`);
      open = onTerminal;
    },
    end() {
      if (open) stream.write("\r\u001B[K");
      open = false;
    },
  };
}

function line(done: number, total: number | undefined, seconds: number): string {
  const rate = seconds > 0 ? `, ${number(Math.round(done / seconds))}/s` : "";
  if (total === undefined || total === 0) return `${number(done)} removed${rate}`;
  const filled = Math.round(Math.min(done / total, 1) * barWidth);
  return `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${number(done)} of ${number(total)} removed${rate}`;
}

/** With separators, and in one language whatever the machine's: logs are compared. */
export function number(value: number): string {
  return value.toLocaleString("en");
}
