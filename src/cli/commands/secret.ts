import { randomBytes } from "node:crypto";
import type { Report } from "../report.ts";

/** A fresh one for the `secrets` option: 256 random bits, in characters that need no quoting anywhere. */
export async function secret(): Promise<Report> {
  const fresh = randomBytes(32).toString("base64url");
  return { facts: { secret: fresh }, text: fresh };
}
