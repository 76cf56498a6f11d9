/** A request as an app sees it that can ask itself: frameworks answer those in the same process, with the same cookies. */
export interface AskingEvent {
  readonly request: { readonly headers: { get(name: string): string | null } };
  readonly url: URL;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * `event.fetch` that tells of what it asks this app in this visitor's name. Other origins, and whoever sends no cookies or
 * cookies of their own, ask for somebody else.
 */
export function fetchTelling(event: AskingEvent, onAsk: (asked: Request) => void): typeof globalThis.fetch {
  const { fetch, url } = event;
  return (input, init) => {
    const { origin } = new URL(input instanceof Request ? input.url : input, url);
    const { credentials } = input instanceof Request ? input : (init ?? {});
    if (origin !== url.origin || credentials === "omit") return fetch(input, init);
    const asked = input instanceof Request ? input : new Request(new URL(input, url), init);
    const cookie = asked.headers.get("cookie");
    if (cookie === null || cookie === event.request.headers.get("cookie")) onAsk(asked);
    return fetch(asked, init);
  };
}
