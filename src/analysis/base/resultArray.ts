/** An array of results with its shape. */
export interface ResultArray {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}
