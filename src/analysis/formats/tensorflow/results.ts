const NORMALIZATION = ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2', 'reserve_space_3'];
/** Operators whose results have several names. */
const FURTHER_RESULTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['FusedBatchNorm', NORMALIZATION],
  ['FusedBatchNormV2', NORMALIZATION],
  ['FusedBatchNormV3', NORMALIZATION],
  ['MaxPoolWithArgmax', ['output', 'argmax']],
  ['Switch', ['output_false', 'output_true']],
  ['TopKV2', ['values', 'indices']],
  ['Unique', ['y', 'idx']],
]);

/** The names of an operator's results, where it has several. */
export function resultNames(op: string): readonly string[] | undefined {
  return FURTHER_RESULTS.get(op);
}
