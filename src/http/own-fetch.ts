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
  const { fetch } = event;
  return (input, init) => {
    const asked = ownRequest(event.url, input, init);
    if (asked === undefined) return fetch(input, init);
    const cookie = asked.headers.get("cookie");
    if (cookie === null || cookie === event.request.headers.get("cookie")) onAsk(asked);
    return fetch(asked, init);
  };
}

function ownRequest(url: URL, input: string | URL | Request, init: RequestInit | undefined): Request | undefined {
  try {
    const { origin } = new URL(input instanceof Request ? input.url : input, url);
    const { credentials } = input instanceof Request ? input : (init ?? {});
    if (origin !== url.origin || credentials === "omit") return undefined;
    return input instanceof Request ? input : new Request(new URL(input, url), init);
  } catch {
    // No request can be made of it, which the framework's fetch will say in its own way: it rejects and does not throw.
    return undefined;
  }
}
