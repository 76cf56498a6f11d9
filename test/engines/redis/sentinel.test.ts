import { bySentinel } from "./clients.ts";
import { programs, startSentinel } from "./server.ts";
import { needs, redisInterleavings, redisSuite } from "./suite.ts";

needs("redis, Sentinel", programs);
if (programs !== undefined) {
  const sentinel = await startSentinel();
  for (const [name, connect] of Object.entries(bySentinel(sentinel))) {
    const pair = await connect();
    await redisSuite(`Sentinel by ${name}`, pair);
    if (name === "ioredis") await redisInterleavings(`Sentinel by ${name}`, pair[0]);
  }
}
