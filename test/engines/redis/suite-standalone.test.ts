import { standalone } from "./clients.ts";
import { redisUrl } from "./server.ts";
import { needs, redisSuite } from "./suite.ts";

needs("redis", redisUrl);
if (redisUrl !== undefined) {
  await redisSuite("URL", [redisUrl, "redis://ann:pa55@127.0.0.1:1/3"]);
  for (const [name, connect] of Object.entries(standalone(redisUrl))) await redisSuite(name, await connect());
}
