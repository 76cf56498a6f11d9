// What coatcheck/encrypted exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Codec

// codecs/encrypted.ts
export interface EncryptedOptions<Rich = never> {
    codec?: Codec<Rich>;
    readPlain?: boolean;
}
export declare function encrypted<Rich>(secrets: readonly string[], options: EncryptedOptions<Rich> & {
    codec: Codec<Rich>;
}): Codec<NoInfer<Rich>>;
export declare function encrypted(secrets: readonly string[], options?: EncryptedOptions): Codec;
