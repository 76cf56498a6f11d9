import type { IncomingMessage, ServerResponse } from "node:http";
import { mountOf, type Sessions } from "../../core/sessions.ts";
import { logFailure, statusOf } from "../failure.ts";
import { dropBodyHeaders } from "../node-headers.ts";
import { isEncrypted, mountNode, type NodeRequest, type NodeResponse } from "../node.ts";

export interface NodeAdapterOptions<Request, Response> {
  /**
   * Answers when the listener, or saving the session, failed; nothing of the response has left yet.
   * @default logs the error and answers with its status (500 when it has none) and an empty body
   */
  onError?: (error: unknown, request: Request, response: Response) => unknown;
}

/**
 * Sessions for a plain `node:http`, `node:https` or `node:http2` server. A listener that throws or rejects is answered
 * with 500 instead of ending the process; once the headers have left, the connection is cut, so that half an answer does
 * not pass for a whole one.
 *
 * @example http.createServer(coatcheck(sessions, async (request, response) => { … }))
 */
export function coatcheck<
  D,
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
>(
  sessions: Sessions<D>,
  listener: (request: Request, response: Response) => unknown,
  options: NodeAdapterOptions<Request, Response> = {},
): (request: Request, response: Response) => void {
  mountOf(sessions);
  const { onError = answerPlainly } = options;

  return (request, response) => {
    const fail = async (error: unknown): Promise<void> => {
      try {
        if (!response.headersSent) await onError(error, request, response);
        else {
          logFailure(error);
          // Half an answer must not pass for a whole one; a whole one must not be taken back.
          if (!response.writableEnded) response.destroy();
        }
      } catch (failure) {
        logFailure(failure);
        response.destroy();
      }
    };
    mountNode(sessions, request, response, { isSecure: () => isEncrypted(request), fail: (error) => void fail(error) });
    run(listener, request, response).catch(fail);
  };
}

async function run<Request, Response>(
  listener: (request: Request, response: Response) => unknown,
  request: Request,
  response: Response,
): Promise<void> {
  await listener(request, response);
}

function answerPlainly(error: unknown, _request: unknown, response: NodeResponse): void {
  logFailure(error);
  // What the listener said of a body that will not come.
  dropBodyHeaders(response);
  response.removeHeader("content-type");
  response.statusCode = statusOf(error);
  response.end();
}
