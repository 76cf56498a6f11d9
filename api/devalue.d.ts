// What coatcheck/devalue exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: Codec

// codecs/devalue.ts
export type Rich = Date | Map<unknown, unknown> | Set<unknown> | bigint;
export declare function devalue(): Codec<Rich>;
