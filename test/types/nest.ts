// Sessions in Nest, as a user's compiler sees them. `@ts-expect-error` lines are the point: each must stay an error.
import {
  type CanActivate,
  createParamDecorator,
  type DynamicModule,
  Module,
  UnauthorizedException,
  UseGuards,
} from "@nestjs/common";
import { createSessions, type Session } from "coatcheck";
import { memory } from "coatcheck/memory";
import { coatcheck, type SessionProperty } from "coatcheck/nest";
import type { Request } from "express";
import type { FastifyRequest } from "fastify";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Data {
  visits: number;
  theme: "light" | "dark";
}
const sessions = createSessions<Data>({ engine: memory() });

export const module: DynamicModule = coatcheck(sessions);
Module({ imports: [coatcheck(sessions)] });
// @ts-expect-error not what createSessions returned
coatcheck({});

const current = coatcheck.current(sessions);
assertType<Equal<Awaited<ReturnType<typeof current>>, Session<Data>>>();
export const CurrentSession = createParamDecorator(current);
export const onParameter: ParameterDecorator = CurrentSession();
// @ts-expect-error not what createSessions returned
coatcheck.current({});

const signedIn = coatcheck.signedIn(sessions, UnauthorizedException);
export const guard: CanActivate = signedIn;
UseGuards(signedIn);
// @ts-expect-error the exception for whoever is not signed in
coatcheck.signedIn(sessions);
// @ts-expect-error one that is made already would carry the stack of another request
coatcheck.signedIn(sessions, new UnauthorizedException());

export async function handler(session: Session<Data>, request: Request, fastify: FastifyRequest): Promise<void> {
  // @ts-expect-error a wrong key
  session.get("vists");
  // @ts-expect-error a wrong value
  session.set("theme", "blue");
  assertType<Equal<Awaited<ReturnType<typeof sessions.get>>, Session<Data>>>();
  await sessions.get(request);
  await sessions.get(fastify.raw);
  const byProperty = await (request as unknown as SessionProperty<Data>).session;
  assertType<Equal<typeof byProperty, Session<Data>>>();
  // @ts-expect-error no global augmentation: Fastify's request has no session of our type
  await fastify.session;
}
