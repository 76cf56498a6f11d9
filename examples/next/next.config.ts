import type { NextConfig } from "next";

export default {
  serverExternalPackages: ["coatcheck"],
} satisfies NextConfig;
