// An application in a process of its own: `node storm-app.ts <place as JSON>`. Prints its port.
import { createSessions } from "../../src/index.ts";
import { type Barrier, barrier, faultyStore, type Intercept, startsLate } from "../../src/testing.ts";
import type { Data, Routes } from "./harness-call.ts";
import { nodeAdapters } from "./harness-node.ts";
import { stormRoutes, writeTogether } from "./storm-parts.ts";
import { type Place, storeAt } from "./storm-places.ts";

const place = JSON.parse(process.argv[2] ?? "") as Place;

// Of each twenty requests in a session half come here.
const writersHere = 10;

let between: Intercept = writeTogether(writersHere);
let pause: Barrier = barrier();

const routes: Routes = {
  ...stormRoutes,
  /** From now on whoever writes waits, until `/release`. */
  "/hold": (call) => {
    pause = barrier();
    between = startsLate("update", pause);
    call.send(200);
  },
  /** Answers once so many wait. */
  "/arrived": async (call) => {
    await pause.arrived(Number(call.query.get("count")));
    call.send(200);
  },
  "/release": (call) => {
    pause.release();
    call.send(200);
  },
};

const sessions = createSessions<Data>({
  engine: faultyStore(storeAt(place), (call, proceed) => between(call, proceed)),
  deadline: 30,
});
const [http] = nodeAdapters;
// What a request was refused for is in its status.
const server = await http?.start({ sessions, routes, onError: () => {} });
process.stdout.write(`${server?.port}\n`);
// It is of no use without the test, however that ended.
process.stdin.resume().once("close", () => process.exit());
