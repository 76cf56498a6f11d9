// What coatcheck/signed-cookies exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: EngineFactory

// engines/signed-cookies.ts
export interface SignedCookiesOptions {
    encrypt?: boolean;
    compress?: boolean;
    epoch?: (userId: string) => Epoch | undefined | Promise<Epoch | undefined>;
}
export declare function signedCookies(options?: SignedCookiesOptions): EngineFactory;

// engines/signed-cookies/body.ts
export type Epoch = number | string;
