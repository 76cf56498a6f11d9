import { type Handler, appOn } from "./app.ts";

interface Options {
  hostname: string;
  port: number;
  onListen(address: { port: number }): void;
}
declare const Deno: { args: string[]; serve(options: Options, handler: Handler): unknown };

const [engine = "", url = ""] = Deno.args;
const onListen = ({ port }: { port: number }): void => void process.stdout.write(`http://127.0.0.1:${port}\n`);
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, appOn(engine, url));
