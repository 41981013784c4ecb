import type { AnalysisName, Section } from '../protocol/analyses';
import { chapter, chapterTitle } from './findings';
import { robustnessSays, sharedDirectionsSay } from './geometry';
import type { Sentences } from './sentences';
import type { Reading } from './tabs';

/** A question on the geometry of the regions: one sentence, one figure, and what else there is to say. */
export interface Block {
  readonly id: string;
  readonly analysis: AnalysisName;
  readonly title: string;
  /** Absent while there is nothing to say yet. */
  readonly sentence: string | undefined;
  readonly rest: readonly string[];
  /** The figure that shows it, by its id. */
  readonly figure: string;
  /** The further figures that belong here. */
  readonly further: readonly string[];
}

/** What a report says, or will say, of the geometry of its regions. */
export function blocks({ report, planned }: Reading): Block[] {
  const { subspace, curvature } = report?.analyses ?? {};
  const smooth = curvature?.summary?.smoothness === 'smooth';
  const own = (analysis: AnalysisName): readonly string[] =>
    ((report && chapter(analysis, report))?.findings ?? []).map(({ text }) => text);
  const said = (say: (section: Section<'subspace'>) => Sentences): readonly string[] =>
    subspace ? say(subspace).filter((text): text is string => typeof text === 'string' && text !== '') : [];
  const noise = said(robustnessSays);
  const all: readonly (readonly [string, AnalysisName, string, readonly string[], string, readonly string[]])[] = [
    [
      'curvature',
      'curvature',
      chapterTitle('curvature'),
      own('curvature'),
      smooth ? 'spectrum' : 'mean-curvature',
      ['mean-curvature', 'spectrum', 'spectrum-ends', 'tangent-curvatures', 'scale-sweep'],
    ],
    [
      'subspace',
      'subspace',
      chapterTitle('subspace'),
      // What a network that rounds its activations means stands at the end of the chapter.
      [
        ...said(sharedDirectionsSay),
        ...own('subspace').filter((text) => !said(sharedDirectionsSay).includes(text) && !noise.includes(text)),
      ],
      'shared-directions',
      ['projections', 'direction-tiles'],
    ],
    ['noise', 'subspace', 'Robustness to noise', noise, 'robustness', []],
    ['paths', 'paths', chapterTitle('paths'), own('paths'), 'paths-found', ['path-lengths']],
    ['convexity', 'convexity', chapterTitle('convexity'), own('convexity'), 'convexity', []],
    ['slice', 'slice', chapterTitle('slice'), own('slice'), 'slice-1', ['slice-2', 'slice-3', 'slice-4', 'slice-5']],
  ];
  return all
    .filter(([, analysis]) => planned.includes(analysis))
    .map(([id, analysis, title, [sentence, ...rest], figure, further]) => ({
      ...{ id, analysis, title, sentence, rest, figure },
      further: further.filter((name) => name !== figure),
    }));
}
