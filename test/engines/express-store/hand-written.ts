import type { ExpressSessionStore } from "../../../src/engines/express-store.ts";

/** As people write one over a Map: it takes some turns, so that calls at once do overtake one another. */
export function plainStore(sessions = new Map<string, string>()): Required<ExpressSessionStore> {
  return {
    get(sid, callback) {
      setImmediate(() => {
        const text = sessions.get(sid);
        setImmediate(() => callback(null, text === undefined ? null : JSON.parse(text)));
      });
    },
    set(sid, session, callback) {
      const text = JSON.stringify(session);
      setImmediate(() => {
        sessions.set(sid, text);
        setImmediate(() => callback?.(null));
      });
    },
    destroy(sid, callback) {
      setImmediate(() => {
        sessions.delete(sid);
        setImmediate(() => callback?.(null));
      });
    },
  };
}

/** To be spread into, and the rest of it is not asked. */
export const neverAnswers: ExpressSessionStore = { get() {}, set() {}, destroy() {} };
