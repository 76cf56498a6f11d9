import type { NextFunction, Request, Response } from "express";
import { messagePage } from "./views/message.ts";

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function addSecurityHeaders(_: Request, response: Response, next: NextFunction): void {
  response.set({
    "Content-Security-Policy": policy,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
  });
  next();
}

/**
 * Refuses a POST that another site's page has sent. The cookie's SameSite=Lax does so too, but "site" includes every
 * other port of this machine and every subdomain; "origin" does not.
 */
export function sameOriginOnly(request: Request, response: Response, next: NextFunction): void {
  if (request.method === "GET" || request.method === "HEAD" || isSameOrigin(request)) return next();
  const text = "It came from another site's page. Nothing was changed.";
  response.status(403).send(messagePage("This request was refused", text).text);
}

/** Browsers say where a request comes from and no page can make them lie. A client that says nothing is no browser. */
function isSameOrigin(request: Request): boolean {
  const site = request.get("Sec-Fetch-Site");
  if (site !== undefined) return site === "same-origin" || site === "none";
  const origin = request.get("Origin");
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.get("Host"));
}
