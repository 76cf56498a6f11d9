import { longestSeconds } from "./expiry.ts";
import type { ResolvedCookie } from "./options.ts";

/** Browsers keep a cookie of 4096 bytes at least, name, value and attributes counted together, and drop larger ones in silence. */
export const largestCookie = 4096;

/** Most characters a cookie's value may have so that its whole Set-Cookie line is kept, whatever its Max-Age. */
export function cookieRoom({ name, domain, path, secure, httpOnly, sameSite, partitioned }: ResolvedCookie): number {
  const attributes = [
    `${name}=`,
    `Max-Age=${longestSeconds}`,
    domain !== undefined && `Domain=${domain}`,
    `Path=${path}`,
    httpOnly && "HttpOnly",
    secure !== false && "Secure",
    partitioned && "Partitioned",
    `SameSite=${sameSite}`,
  ];
  return largestCookie - attributes.filter((attribute) => attribute !== false).join("; ").length;
}
