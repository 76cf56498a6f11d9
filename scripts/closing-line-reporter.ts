import { writeSync } from "node:fs";
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from "vitest/node";

/**
 * Ends the run with `N passed, N failed`, alone on the last line, for people and programs that read only that one.
 * With COATCHECK_REQUIRE=all a skipped test fails the run: what was not run was not proven. A case that the suite itself
 * names exempt, with its reason, is none: it asks for what that store never promised.
 */
export default class ClosingLineReporter implements Reporter {
  #line: string | undefined;
  #exempt = 0;

  constructor() {
    // Other reporters and warnings about open handles print after the tests; only the exit is really last.
    process.once("exit", () => {
      if (this.#exempt > 0) writeSync(1, `\n${this.#exempt} cases exempt, each with its reason in its name.\n`);
      if (this.#line !== undefined) writeSync(1, `\n${this.#line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[], reason: TestRunEndReason): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "skipped" && test.name.includes("(exempt: ")) this.#exempt += 1;
        else count[state] += 1;
      }
      // A file that cannot be imported, or whose hooks throw, fails without a failed test in it.
      const testsFailed = [...module.children.allTests("failed")].length > 0;
      if (module.state() === "failed" && !testsFailed) count.failed += 1;
    }

    this.#line = `${count.passed} passed, ${count.failed} failed`;
    // Tests the run never came to (Ctrl-C, --bail) are no better than skipped ones.
    const skipped = count.skipped + count.pending;
    if (skipped > 0) this.#line += `, ${skipped} skipped`;

    if (skipped > 0 && process.env["COATCHECK_REQUIRE"] === "all" && reason === "passed") {
      writeSync(2, `\nCOATCHECK_REQUIRE=all: ${skipped} skipped, expected none.\n`);
      process.exitCode = 1;
    }
  }
}
