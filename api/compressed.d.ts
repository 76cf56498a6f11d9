// What coatcheck/compressed exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Codec

// codecs/compressed.ts
export interface CompressedOptions<Rich = never> {
    codec?: Codec<Rich>;
    threshold?: number;
}
export declare function compressed<Rich = never>(options?: CompressedOptions<Rich>): Codec<NoInfer<Rich>>;
