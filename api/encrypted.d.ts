// What coatcheck/encrypted exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Codec

// codecs/encrypted.ts
export interface EncryptedOptions<Rich = never> {
    codec?: Codec<Rich>;
    readPlain?: boolean;
}
export declare function encrypted<Rich = never>(secrets: readonly string[], options?: EncryptedOptions<Rich>): Codec<NoInfer<Rich>>;
