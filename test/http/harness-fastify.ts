import { PassThrough } from "node:stream";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { coatcheck } from "../../src/http/adapters/fastify.ts";
import { type Adapter, bodyFor, listen, type Running, type Setup, statusFor } from "./harness-adapter.ts";
import { type Call, nodeCall } from "./harness-call.ts";
import { tls } from "./harness-node.ts";

export const fastifyAdapter: Adapter = {
  name: "fastify",
  secure: false,
  http2: false,
  lacks: {},
  start: (setup) => startApp(fastify(), setup),
};

export const fastifyTlsAdapter: Adapter = {
  ...fastifyAdapter,
  name: "fastify https",
  secure: true,
  start: (setup) => startApp(fastify({ https: tls }), setup),
};

async function startApp(app: FastifyInstance, { sessions, routes, onError }: Setup): Promise<Running> {
  await app.register(coatcheck, { sessions });
  // Without one, Fastify refuses forms.
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  for (const [path, handler] of Object.entries(routes)) {
    app.all(path, async (request, reply) => {
      await handler(fastifyCall(request, reply, sessions));
      return reply;
    });
  }
  if (onError !== undefined) {
    app.setErrorHandler((error, _request, reply) => {
      onError(error);
      return reply.code(statusFor(error)).send(bodyFor(error));
    });
  }
  await app.ready();
  return listen(app.server);
}

/** With Fastify's own ways to answer, which go through its hooks, its serializers and its streams. */
function fastifyCall(request: FastifyRequest, reply: FastifyReply, sessions: Setup["sessions"]): Call {
  return {
    ...nodeCall({ request: request.raw, response: reply.raw, sessions }),
    carrier: request,
    session: () => sessions.get(request),
    form: async () => request.body as URLSearchParams,
    send(status, body, headers = []) {
      reply.code(status);
      // Every one of them replaces what was there, Set-Cookie alone excepted.
      for (const [name, value] of headers) {
        const before = name === "vary" ? reply.getHeader(name) : undefined;
        reply.header(name, before === undefined ? value : `${String(before)}, ${value}`);
      }
      reply.send(body);
    },
    redirect: (location) => void reply.redirect(location, 303),
    stream(status, headers = []) {
      const body = new PassThrough();
      reply.code(status).headers(Object.fromEntries(headers)).send(body);
      return { write: (text) => void body.write(text), end: () => void body.end() };
    },
    pipe: (status, body) => void reply.code(status).send(body),
  };
}
