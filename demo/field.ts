import type { Request } from "express";

/** One field of a submitted form; missing and sent twice are both the empty string. */
export function field(request: Request, name: string): string {
  const body: unknown = request.body;
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) return "";
  const value: unknown = Reflect.get(body, name);
  return typeof value === "string" ? value : "";
}
