import { standalone } from "./clients.ts";
import { redisUrl } from "./server.ts";
import { needs, redisInterleavings } from "./suite.ts";

needs("redis, requests at once", redisUrl);
if (redisUrl !== undefined) {
  await redisInterleavings("URL", redisUrl, 500);
  for (const [name, connect] of Object.entries(standalone(redisUrl))) {
    // The URL's client is one of node-redis already.
    if (!name.startsWith("node-redis")) await redisInterleavings(name, (await connect())[0]);
  }
}
