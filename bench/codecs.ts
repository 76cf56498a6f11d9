// What each codec costs: microseconds for one session to be written and read, and characters in the store. The engine's
// own work is left out.
//
//   node bench/codecs.ts
import { compressed } from "../src/codecs/compressed.ts";
import { devalue } from "../src/codecs/devalue.ts";
import { encrypted } from "../src/codecs/encrypted.ts";
import { type Codec, type Content, json, payloadFormat } from "../src/core/codec.ts";
import { sealedText } from "../src/core/sealed-text.ts";

const limits = { payloadLength: 1_048_576, depth: 64, keys: 100_000 };
const secrets = ["b".repeat(32)];
const id = "0".repeat(32);
const codecs: readonly Codec[] = [
  json,
  devalue(),
  compressed(),
  compressed({ codec: devalue() }),
  encrypted(secrets),
  encrypted(secrets, { codec: devalue() }),
  encrypted(secrets, { codec: compressed() }),
  encrypted(secrets, { codec: compressed({ codec: devalue() }) }),
];

for (const size of [1_000, 10_000]) {
  const content: Content = { v: 1, data: sessionOf(size) };
  for (const codec of codecs) {
    const format = payloadFormat(codec, limits);
    const texts = codec.sealing && sealedText(codec, codec.sealing, limits);
    const write = (): string => {
      const text = format.encode(content);
      return texts?.seal(text, id) ?? text;
    };
    const stored = write();
    const read = (): unknown => format.decode(texts?.unseal(stored, id) ?? stored, id);
    const [writing, reading] = [microseconds(write), microseconds(read)];
    const columns = [size, codec.name.padEnd(32), stored.length, writing.toFixed(1), reading.toFixed(1)];
    process.stdout.write(`${columns.join("\t")}\n`);
  }
}

/** The best of several rounds: what else the machine does is not the codec's. */
function microseconds(work: () => unknown): number {
  const rounds = Array.from({ length: 15 }, () => {
    const begin = performance.now();
    for (let count = 0; count < 200; count += 1) work();
    return ((performance.now() - begin) / 200) * 1000;
  });
  return Math.min(...rounds);
}

/** A shop's session: some settings, and a cart that fills it up. */
function sessionOf(size: number): Record<string, unknown> {
  const names = ["umbrella", "overcoat", "scarf", "walking stick", "top hat", "gloves", "satchel", "galoshes"];
  const cart: unknown[] = [];
  const data = { csrf: "kq3J0Zf8mW2xV7pLr5Tn", theme: "dark", roles: ["editor", "admin"], cart };
  for (let n = 1; JSON.stringify(data).length < size; n += 1) {
    const name = names[(n * 7) % names.length];
    cart.push({
      sku: `${name}-${(n * 7919) % 100_000}`,
      name,
      quantity: (n % 4) + 1,
      price: ((n * 104_729) % 20_000) / 100,
    });
  }
  return data;
}
