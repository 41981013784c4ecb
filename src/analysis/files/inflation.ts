/** So many times as large may what is packed become when it is unpacked: more is a bomb. */
export const LARGEST_INFLATION = 100;
/** So many bytes it may become in any case. */
const ALWAYS_ALLOWED = 256 * 2 ** 20;

/** The most bytes that so many packed ones may become. */
export function mostUnpacked(packed: number): number {
  return Math.max(ALWAYS_ALLOWED, LARGEST_INFLATION * packed);
}
