import { headersAlreadySent } from "./node-calls.ts";
import type { NodeResponse } from "./node.ts";

/**
 * What left the handler's hands must look sent to it: an error handler, or a second `send`, would otherwise begin another
 * answer on top of the one that waits. Returns what ends the pretence.
 */
export function pretendSent(
  response: NodeResponse,
  calls: { readonly ended: boolean; readonly mustDrain: boolean },
): () => void {
  const refuse = (): never => {
    throw headersAlreadySent();
  };
  const shadows: Record<string, PropertyDescriptor> = {
    headersSent: { get: () => true },
    writableEnded: { get: () => calls.ended },
    writableNeedDrain: { get: () => calls.mustDrain && !calls.ended },
  };
  for (const name of ["setHeader", "setHeaders", "appendHeader", "removeHeader"]) {
    if (name in response) shadows[name] = { value: refuse, writable: true };
  }
  const own = Object.keys(shadows).map((name) => [name, Object.getOwnPropertyDescriptor(response, name)] as const);
  for (const [name, shadow] of Object.entries(shadows)) {
    Object.defineProperty(response, name, { ...shadow, configurable: true });
  }
  return () => {
    for (const [name, before] of own) {
      if (before === undefined) Reflect.deleteProperty(response, name);
      else Object.defineProperty(response, name, before);
    }
  };
}
