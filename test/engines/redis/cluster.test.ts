import { clustered } from "./clients.ts";
import { programs, startCluster } from "./server.ts";
import { needs, redisInterleavings, redisSuite } from "./suite.ts";

needs("redis, Cluster", programs);
if (programs !== undefined) {
  const ports = await startCluster();
  for (const [name, connect] of Object.entries(clustered(ports))) {
    const pair = await connect();
    await redisSuite(`Cluster by ${name}`, pair);
    if (name === "node-redis") await redisInterleavings(`Cluster by ${name}`, pair[0]);
  }
}
