import type { SessionProperty } from "coatcheck/sveltekit";
import type { Data } from "./sessions.ts";

declare global {
  namespace App {
    // `await event.locals.session`, typed
    interface Locals extends SessionProperty<Data> {}
  }
}
