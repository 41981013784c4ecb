/** Sentences in their order; what there is nothing to say of is left out. */
export type Sentences = readonly (string | false | null | undefined)[];
