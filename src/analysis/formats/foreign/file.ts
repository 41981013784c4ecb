import type { Bytes } from '../../files/bytes';

/** A file or folder that is not read. */
export interface ForeignFile {
  readonly path: string;
  /** Its content, where it is a file. */
  readonly main?: Bytes;
}
