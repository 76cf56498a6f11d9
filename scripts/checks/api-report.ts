// An exported name is a promise. What a change does to them has to be seen by whoever reviews it, as a diff.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { apiFolder, apiReports } from "../api-report.ts";

const reports = apiReports();
const stale = [...reports.keys()].filter((name) => {
  const file = join(apiFolder, name);
  return !existsSync(file) || readFileSync(file, "utf8") !== reports.get(name);
});
const left = globSync("*.d.ts", { cwd: apiFolder }).filter((name) => !reports.has(name));

for (const name of stale) console.error(`api: expected api/${name} to say what is exported now, found another text`);
for (const name of left) console.error(`api: expected no api/${name}, since there is no such subpath, found one`);
if (stale.length + left.length > 0) console.error("api: npm run api writes them anew; its diff is the API review");
process.exitCode = stale.length + left.length === 0 ? 0 : 1;
