// Every entry point resolves and its declarations compile. A line here for each line of package.json `exports`.
import type * as core from "coatcheck";
import type * as cache from "coatcheck/cache";
import type * as cachedDb from "coatcheck/cached-db";
import type * as compressed from "coatcheck/compressed";
import type * as db from "coatcheck/db";
import type * as devalue from "coatcheck/devalue";
import type * as encrypted from "coatcheck/encrypted";
import type * as express from "coatcheck/express";
import type * as fastify from "coatcheck/fastify";
import type * as expressStore from "coatcheck/express-store";
import type * as fetch from "coatcheck/fetch";
import type * as koa from "coatcheck/koa";
import type * as h3 from "coatcheck/h3";
import type * as hono from "coatcheck/hono";
import type * as memcached from "coatcheck/memcached";
import type * as file from "coatcheck/file";
import type * as memory from "coatcheck/memory";
import type * as migrating from "coatcheck/migrating";
import type * as nest from "coatcheck/nest";
import type * as next from "coatcheck/next";
import type * as node from "coatcheck/node";
import type * as signedCookies from "coatcheck/signed-cookies";
import type * as redis from "coatcheck/redis";
import type * as sveltekit from "coatcheck/sveltekit";
import type * as testing from "coatcheck/testing";
import type * as websocket from "coatcheck/websocket";

export type EntryPoints = [
  typeof core,
  typeof cache,
  typeof cachedDb,
  typeof compressed,
  typeof db,
  typeof devalue,
  typeof encrypted,
  typeof express,
  typeof fastify,
  typeof expressStore,
  typeof fetch,
  typeof koa,
  typeof h3,
  typeof hono,
  typeof memcached,
  typeof file,
  typeof memory,
  typeof migrating,
  typeof nest,
  typeof next,
  typeof node,
  typeof signedCookies,
  typeof redis,
  typeof sveltekit,
  typeof testing,
  typeof websocket,
];
