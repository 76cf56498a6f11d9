import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A fresh module graph per file made the suite seven times slower. The price: a test must not leave
    // globals, fake timers or module mocks behind.
    isolate: false,
    // Tests that start programs, on a machine that is busy with other things.
    testTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
  },
});
