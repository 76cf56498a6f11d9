// What coatcheck/sveltekit exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Session, Sessions

// http/adapters/sveltekit.ts
export interface SvelteKitEvent {
    readonly request: WebRequest;
    readonly url: URL;
    readonly locals: object;
    readonly isDataRequest: boolean;
    readonly isRemoteRequest?: boolean;
    readonly cookies: {
        get(name: string): string | undefined;
        set(name: string, value: string, options: {
            path: string;
        }): void;
    };
    fetch: typeof fetch;
}
export interface SvelteKitAdapterOptions<Event> {
    onError?: (error: unknown, event: Event) => Response | Promise<Response>;
}
export declare function coatcheck<D, Event extends SvelteKitEvent = SvelteKitEvent>(sessions: Sessions<D>, { onError }?: SvelteKitAdapterOptions<Event>): (input: {
    event: Event;
    resolve(event: Event): Response | Promise<Response>;
}) => Promise<Response>;

// http/node.ts
export interface SessionProperty<D> {
    readonly session: Promise<Session<D>>;
}

// http/web.ts
interface WebRequest {
    readonly method: string;
    readonly url: string;
    readonly headers: {
        get(name: string): string | null;
    };
}
