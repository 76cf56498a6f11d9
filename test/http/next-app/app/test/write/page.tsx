import type { Session } from "coatcheck";
import { readSession, type Data } from "../../../sessions";
import { increment } from "../forms/actions";

/** Everything that a server component may not do, and how it is told. */
export default async function Page() {
  const session = (await readSession()) as object as Session<Data>;
  const told = {
    set: refused(() => session.set("theme", "dark")),
    update: refused(() => session.update("visits", (n = 0) => n + 1)),
    clear: refused(() => session.clear()),
    cycleKey: refused(() => session.cycleKey()),
    flush: refused(() => void session.flush()),
    save: refused(() => void session.save()),
    setExpiry: refused(() => session.setExpiry(0)),
    userId: refused(() => {
      session.userId = "ada";
    }),
    own: refused(() => Object.assign(session, { theme: "dark" })),
    data: refused(() => {
      session.data.theme = "dark";
    }),
    remove: refused(() => {
      delete session.data.theme;
    }),
    nested: refused(() => session.get("cart", []).push({ sku: "coat", quantity: 1 })),
    action: await increment().then(
      () => "done",
      (error: unknown) => tell(error),
    ),
  };
  return <pre>{JSON.stringify(told)}</pre>;
}

function refused(write: () => unknown): string {
  try {
    write();
    return "done";
  } catch (error) {
    return tell(error);
  }
}

function tell(error: unknown): string {
  if (!(error instanceof Error)) return "no error";
  return "code" in error ? `${String(error.code)} ${error.message}` : error.name;
}
