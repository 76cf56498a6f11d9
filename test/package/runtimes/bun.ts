import { type Handler, appOn } from "./app.ts";

declare const Bun: { serve(options: { hostname: string; port: number; fetch: Handler }): { port: number } };

const [engine = "", url = ""] = process.argv.slice(2);
const { port } = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: appOn(engine, url) });
process.stdout.write(`http://127.0.0.1:${port}\n`);
