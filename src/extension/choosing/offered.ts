/** A file or folder to choose, and what to say of it. */
export interface Offered {
  readonly file: string;
  readonly detail?: string;
}
