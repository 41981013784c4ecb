/** The same result whenever it is asked for: made when that is first done. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
