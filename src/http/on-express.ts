import type { Sessions } from "../core/sessions.ts";
import { isEncrypted, mountNode, type NodeRequest, type NodeResponse } from "./node.ts";

/** Express's own `request.secure` honours its "trust proxy" setting; the socket cannot know of a proxy. */
interface ExpressRequest extends NodeRequest {
  readonly secure?: boolean;
}

export type Next = (error?: unknown) => void;
export type ExpressMiddleware = (request: ExpressRequest, response: NodeResponse, next: Next) => void;

/** A middleware that connects each request of an Express app; an error while saving goes to its `next`. */
export function expressMiddleware<D>(sessions: Sessions<D>): ExpressMiddleware {
  return function coatcheckMiddleware(request, response, next) {
    mountNode(sessions, request, response, {
      isSecure: () => request.secure ?? isEncrypted(request),
      fail: next,
    });
    next();
  };
}
