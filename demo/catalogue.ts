/** What the shop sells. Prices in whole euros, to keep the cart about sessions. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: number;
}

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
}

type Cart = Readonly<Record<string, number>>;

export const catalogue: readonly Product[] = [
  { sku: "hat", name: "Felt hat", price: 48 },
  { sku: "scarf", name: "Wool scarf", price: 32 },
  { sku: "umbrella", name: "Umbrella", price: 27 },
  { sku: "gloves", name: "Gloves", price: 39 },
];

const mostOfOne = 99;

export function isProduct(sku: string): boolean {
  return catalogue.some((product) => product.sku === sku);
}

/** The cart with so many more, or fewer, of one product; what comes to nothing is taken out. */
export function changed(cart: Cart, sku: string, by: number): Record<string, number> {
  const quantity = Math.min((cart[sku] ?? 0) + by, mostOfOne);
  const { [sku]: _, ...others } = cart;
  return quantity > 0 ? { ...others, [sku]: quantity } : others;
}

/** In the catalogue's order, so that lines stay where they are while quantities change. */
export function linesOf(cart: Cart): CartLine[] {
  return catalogue.flatMap((product) => {
    const quantity = cart[product.sku] ?? 0;
    return quantity > 0 ? { product, quantity } : [];
  });
}

export function totalOf(lines: readonly CartLine[]): number {
  return lines.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0);
}
