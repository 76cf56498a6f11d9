import { readFileSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer as createHttps } from "node:https";
import { coatcheck } from "../../src/http/adapters/node.ts";
import type { NodeRequest, NodeResponse } from "../../src/http/node.ts";
import { type Adapter, answerError, listen, pathOf, type Setup } from "./harness-adapter.ts";
import { type Data, nodeCall, type RawResponse } from "./harness-call.ts";

const read = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

/** For 127.0.0.1, valid until the 22nd century; made for these tests and trusted by nothing else. */
export const tls = { key: read("key.pem"), cert: read("certificate.pem") };

const noStatusMessage = "HTTP/2 has no status message";

export const nodeAdapters: readonly Adapter[] = [
  {
    name: "node http",
    secure: false,
    http2: false,
    lacks: {},
    start: (setup) => listen(createHttp(listener<IncomingMessage, ServerResponse>(setup))),
  },
  {
    name: "node https",
    secure: true,
    http2: false,
    lacks: {},
    start: (setup) => listen(createHttps(tls, listener<IncomingMessage, ServerResponse>(setup))),
  },
  {
    name: "node http2",
    secure: true,
    http2: true,
    lacks: { statusMessage: noStatusMessage },
    start: (setup) =>
      listen(
        createSecureServer({ ...tls, allowHTTP1: false }, listener<Http2ServerRequest, Http2ServerResponse>(setup)),
      ),
  },
  {
    name: "node http2 without TLS",
    secure: false,
    http2: true,
    lacks: { statusMessage: noStatusMessage },
    start: (setup) => listen(createHttp2(listener<Http2ServerRequest, Http2ServerResponse>(setup))),
  },
];

type Listener<Request, Response> = (request: Request, response: Response) => void;
type ListenerRequest = NodeRequest & { readonly url?: string | undefined; readonly socket: object };

function listener<Request extends ListenerRequest, Response extends NodeResponse>({
  sessions,
  routes,
  onError,
}: Setup): Listener<Request, Response> {
  return coatcheck<Data, Request, Response>(
    sessions,
    (request, response) => {
      const call = nodeCall({ request, response, sessions });
      const handler = routes[pathOf(request.url)];
      return handler === undefined ? call.send(404, "no such page") : handler(call);
    },
    onError && {
      onError(error, _request, response) {
        onError(error);
        answerError(error, response as unknown as RawResponse);
      },
    },
  );
}
