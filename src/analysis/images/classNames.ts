/** Names of classes, in the order of the outputs. */
export interface NamedClasses {
  readonly names: readonly string[];
  /** Where they were found, for the report. */
  readonly source: string;
}

/**
 * The names of K classes: those that the user or the model gives, else the first list beside the model that has K of them.
 * What was found but does not fit is said in the notes.
 *
 * @param given the user's or the model's, the first to be trusted first
 * @param beside lists in files of other tools
 */
export function chosenClassNames(
  K: number,
  given: readonly NamedClasses[],
  beside: readonly NamedClasses[],
): { readonly classes: NamedClasses | null; readonly notes: readonly string[] } {
  const classes = given.at(0) ?? beside.find(({ names }) => names.length === K) ?? null;
  const notes = beside
    .filter(({ names }) => names.length !== K)
    .map(({ names, source }) => `${source} names ${names.length} classes, but the model has ${K}: it is not used.`);
  return { classes, notes };
}
