/** n!, the low 32 bits of it. */
export function factorial(n: number): number {
  let product = 1;
  // From 34 on, all of the low 32 bits are 0: the product holds 2 at least 32 times.
  for (let factor = Math.min(n, 34); factor > 1; factor--) product = Math.imul(product, factor);
  return product >>> 0;
}
