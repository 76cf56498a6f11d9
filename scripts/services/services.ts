import type { Service } from "./service.ts";

export const services: readonly Service[] = [
  {
    name: "Chromium",
    variable: "COATCHECK_TEST_CHROMIUM",
    programs: {
      chromium: [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      ],
    },
    apt: ["chromium"],
    advice: "apt-get install chromium, or brew install --cask chromium",
    value: ({ programs }) => programs["chromium"] ?? "",
  },
];
