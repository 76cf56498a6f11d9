// What coatcheck/compressed exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Codec

// codecs/compressed.ts
export interface CompressedOptions<Rich = never> {
    codec?: Codec<Rich>;
    threshold?: number;
}
export declare function compressed<Rich>(options: CompressedOptions<Rich> & {
    codec: Codec<Rich>;
}): Codec<NoInfer<Rich>>;
export declare function compressed(options?: CompressedOptions): Codec;
