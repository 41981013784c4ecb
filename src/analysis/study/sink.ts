import type { AnalysisName, Item } from '../../protocol/analyses';
import type { Failure } from '../../protocol/failure';
import type { Pictures } from '../../protocol/report';
import type { BackendId } from '../../protocol/words';
import type { ResultArray } from '../base/resultArray';

/** An item of the report, and the arrays that belong to it, by name, for `.npz`. */
export interface ItemWithArrays<K extends AnalysisName> {
  readonly item: Item<K>;
  readonly arrays?: Readonly<Record<string, ResultArray>>;
  /** What computed it, where that is one backend. */
  readonly on?: BackendId;
}

/** Where results go as they come, in any order. */
export interface Sink {
  /** Takes one item of an analysis; the report shows them in the order of their index. */
  emit<K extends AnalysisName>(analysis: K, index: number, result: ItemWithArrays<K>): void;
  /** Keeps an array that belongs to no item, for `.npz`. */
  array(name: string, array: ResultArray): void;
  /** Records what could not be done; the rest goes on. */
  fail(failure: Failure): void;
  /** Tells the user how the numbers came about. */
  note(sentence: string): void;
  /** A small picture of an image, a PNG data URI. */
  thumbnail(name: string, picture: string): void;
  /** An image, its boundary point and the difference, as small pictures. */
  pictures(name: string, pictures: Pictures): void;
}
