import { createServer, type RequestListener } from "node:http";
import { createServer as createHttps } from "node:https";
import express, { type NextFunction, type Request, type Response } from "express";
import express4 from "express4";
import { coatcheck } from "../../src/http/adapters/express.ts";
import { type Adapter, answerError, listen, type Setup } from "./harness-adapter.ts";
import { type Call, nodeCall, type RawResponse } from "./harness-call.ts";
import { tls } from "./harness-node.ts";

export const expressAdapters: readonly Adapter[] = [
  {
    name: "express 5",
    secure: false,
    http2: false,
    lacks: {},
    start: (setup) => listen(createServer(express5(setup))),
  },
  {
    name: "express 4",
    secure: false,
    http2: false,
    lacks: {},
    start({ sessions, routes, onError }) {
      const app = express4();
      app.use(coatcheck(sessions));
      for (const [path, handler] of Object.entries(routes)) {
        app.all(
          path,
          coatcheck.async((request: ExpressRequest, response: ExpressResponse) =>
            handler(expressCall(request, response, sessions)),
          ),
        );
      }
      if (onError !== undefined) {
        app.use((error: unknown, _request: object, response: object, _next: unknown) => {
          onError(error);
          answerError(error, response as RawResponse);
        });
      }
      return listen(createServer(app));
    },
  },
];

export const expressTlsAdapter: Adapter = {
  name: "express 5 https",
  secure: true,
  http2: false,
  lacks: {},
  start: (setup) => listen(createHttps(tls, express5(setup))),
};

function express5({ sessions, routes, onError }: Setup): RequestListener {
  const app = express();
  app.use(coatcheck(sessions));
  for (const [path, handler] of Object.entries(routes)) {
    app.all(path, (request, response) => handler(expressCall(request, response, sessions)));
  }
  if (onError !== undefined) {
    app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      onError(error);
      answerError(error, response);
    });
  }
  return app;
}

type ExpressRequest = Parameters<typeof nodeCall>[0]["request"];

/** What both versions share of their response. */
interface ExpressResponse {
  status(code: number): this;
  append(name: string, value: string): this;
  send(body?: string): unknown;
  end(): unknown;
  redirect(status: number, location: string): void;
}

/** With Express's own ways to answer, which set an ETag, lengths and types of their own. */
function expressCall(request: ExpressRequest, response: ExpressResponse, sessions: Setup["sessions"]): Call {
  return {
    ...nodeCall({ request, response, sessions }),
    send(status, body, headers = []) {
      response.status(status);
      for (const [name, value] of headers) response.append(name, value);
      if (body === undefined) response.end();
      else response.send(body);
    },
    redirect: (location) => response.redirect(303, location),
  };
}
