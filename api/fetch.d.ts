// What coatcheck/fetch exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Sessions

// http/adapters/fetch.ts
export interface FetchAdapterOptions {
    onError?: (error: unknown, request: Request) => Response | Promise<Response>;
}
export declare function coatcheck<D, Rest extends unknown[]>(sessions: Sessions<D>, handler: (request: Request, ...rest: Rest) => Response | Promise<Response>, { onError }?: FetchAdapterOptions): (request: Request, ...rest: Rest) => Promise<Response>;
