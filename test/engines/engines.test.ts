import { storeEngine } from "../../src/core/store-engine.ts";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { engineSuite } from "./engine-suite.ts";

engineSuite("memory", () => storeEngine(memory()));
engineSuite("db, SQLite", () => storeEngine(db({ path: ":memory:" })));
engineSuite("signedCookies", () => signedCookies());
engineSuite("signedCookies, not packed", () => signedCookies({ compress: false }));
engineSuite("signedCookies, encrypted", () => signedCookies({ encrypt: true }));
engineSuite("signedCookies, encrypted and packed", () => signedCookies({ encrypt: true, compress: true }));
engineSuite("signedCookies, with epochs", () => signedCookies({ epoch: () => 1 }));
