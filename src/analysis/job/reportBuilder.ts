import { analyses, type AnalysisName, type Closing } from '../../protocol/analyses';
import type { Failure } from '../../protocol/failure';
import { type Manifest, type Pictures, type Report, schemaVersion } from '../../protocol/report';
import type { ResultArray } from '../base/resultArray';
import type { ItemWithArrays, Sink } from '../study/sink';

/** Collects a job's results as they come, in any order, and shows them in the order of the images. */
export class ReportBuilder implements Sink {
  private readonly items = new Map<AnalysisName, Map<number, ItemWithArrays<AnalysisName>>>();
  private readonly closings = new Map<AnalysisName, Closing<AnalysisName>>();
  private readonly failures: Failure[] = [];
  /** Arrays that belong to no item. */
  private readonly ownArrays = new Map<string, ResultArray>();
  private readonly thumbnails: Record<string, string> = {};
  private readonly shown: Record<string, Pictures> = {};
  private readonly notes: string[] = [];

  emit(analysis: AnalysisName, index: number, result: ItemWithArrays<AnalysisName>): void {
    let section = this.items.get(analysis);
    if (!section) this.items.set(analysis, (section = new Map<number, ItemWithArrays<AnalysisName>>()));
    section.set(index, result);
  }

  close<K extends AnalysisName>(analysis: K, closing: Closing<K>): void {
    this.closings.set(analysis, closing);
  }

  array(name: string, array: ResultArray): void {
    this.ownArrays.set(name, array);
  }

  fail(failure: Failure): void {
    // Two models that are compared read the same images.
    if (this.failures.some(({ name, message }) => name === failure.name && message === failure.message)) return;
    this.failures.push(failure);
  }

  note(sentence: string): void {
    if (!this.notes.includes(sentence)) this.notes.push(sentence);
  }

  thumbnail(name: string, picture: string): void {
    this.thumbnails[name] = picture;
  }

  pictures(name: string, pictures: Pictures): void {
    this.shown[name] = pictures;
  }

  /** The report as far as it has come. */
  report(manifest: Omit<Manifest, 'notes'>): Report {
    const sections: Record<string, object> = {};
    const hasMoved = manifest.backend.stages !== undefined;
    for (const name of Object.keys(analyses) as AnalysisName[]) {
      const items = this.items.get(name);
      const closing = this.closings.get(name);
      if (!items && !closing) continue;
      const of = ({ item, on }: ItemWithArrays<AnalysisName>) => (hasMoved && on ? { ...item, backend: on } : item);
      const listed = items && { [analyses[name].items]: sorted(items).map(of) };
      sections[name] = { ...listed, ...closing };
    }
    return {
      schema: 'boundary-lens/report',
      schemaVersion,
      manifest: { ...manifest, notes: [...this.notes] },
      analyses: sections,
      // Images are read side by side: the order in which they failed is chance.
      failures: this.failures.toSorted(({ name: a = '' }, { name: b = '' }) => (a < b ? -1 : Number(a > b))),
      ...(Object.keys(this.thumbnails).length > 0 && { thumbnails: { ...this.thumbnails } }),
      ...(Object.keys(this.shown).length > 0 && { pictures: { ...this.shown } }),
    };
  }

  /**
   * The arrays of all items by name, and those of no item; rows are in the report's order, and rows an item lacks are
   * NaN.
   */
  arrays(): Map<string, ResultArray> {
    const arrays = new Map(this.ownArrays);
    for (const items of this.items.values()) {
      const rows = sorted(items);
      const names = new Set(rows.flatMap(({ arrays: own }) => Object.keys(own ?? {})));
      for (const name of names) arrays.set(name, stack(rows.map(({ arrays: own }) => own?.[name])));
    }
    return arrays;
  }
}

function sorted<T>(items: ReadonlyMap<number, T>): T[] {
  return [...items].sort(([a], [b]) => a - b).map(([, item]) => item);
}

function stack(rows: readonly (ResultArray | undefined)[]): ResultArray {
  const first = rows.find((row) => row !== undefined);
  const shape = first?.shape ?? [];
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = new Float64Array(rows.length * size).fill(NaN);
  rows.forEach((row, i) => {
    if (row) data.set(row.data.subarray(0, size), i * size);
  });
  return { data, shape: [rows.length, ...shape] };
}
