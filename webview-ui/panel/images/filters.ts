import type { Report } from '../../../src/protocol/report';
import { count, number, percent } from '../../../src/reading/format';
import { imageRows } from '../../../src/reading/images';
import { className, verdictNames } from '../../../src/reading/names';
import { distanceBins, isRelative } from '../../figures/distances';
import type { Choices } from '../../figures/figure';

/** A way to choose among images: what each choice is called, and the names of the images that it leaves. */
export interface Filter {
  readonly id: string;
  readonly title: string;
  readonly choices: readonly { readonly id: string; readonly text: string; readonly images: ReadonlySet<string> }[];
}

/** The filters of all images that a report has something for. */
export function imageFilters(report: Report): Filter[] {
  const rows = imageRows(report);
  const by = (
    id: string,
    title: string,
    of: (row: (typeof rows)[number]) => string | null,
    text: (value: string) => string,
  ): Filter => {
    const groups = new Map<string, Set<string>>();
    for (const row of rows) {
      const value = of(row);
      if (value !== null) groups.set(value, (groups.get(value) ?? new Set()).add(row.name));
    }
    const sorted = [...groups].sort(([a], [b]) => Number(a) - Number(b) || a.localeCompare(b));
    return { id, title, choices: sorted.map(([value, images]) => ({ id: value, text: text(value), images })) };
  };
  const name = (label: string): string => className(report, Number(label));
  const { boundary } = report.analyses;
  const length = (value: number): string => (boundary && isRelative(boundary) ? percent(value) : number(value));
  const bins = boundary ? distanceBins(boundary) : [];
  const all = [
    by(
      'correct',
      'Right?',
      ({ correct }) => (correct === null ? null : String(correct)),
      (value) => (value === 'true' ? 'right' : 'wrong'),
    ),
    by('predicted', 'Predicted', ({ label }) => String(label), name),
    by('nearest', 'Nearest', ({ boundary: item }) => (item?.target == null ? null : String(item.target)), name),
    {
      id: 'distance',
      title: 'Change',
      choices: bins.flatMap(({ from, to, names }, i) =>
        names.length === 0 ? [] : [{ id: String(i), text: `${length(from)} to ${length(to)}`, images: new Set(names) }],
      ),
    },
  ];
  return all.filter(({ choices }) => choices.length > 1);
}

/** The filters of the images that were checked. */
export function verdictFilters(report: Report): Filter[] {
  const rows = report.analyses.detect?.images ?? [];
  const choices = (['perturbed', 'clean', 'undecided', 'uncalibrated'] as const).flatMap((verdict) => {
    const images = new Set(rows.filter((row) => row.verdict === verdict).map((row) => row.name));
    return images.size === 0 ? [] : [{ id: verdict, text: verdictNames[verdict], images }];
  });
  return choices.length > 1 ? [{ id: 'verdict', title: 'Verdict', choices }] : [];
}

/** Whether the filters leave an image. */
export function isLeft(filters: readonly Filter[], chosen: Choices, image: string): boolean {
  return filters.every(
    ({ id, choices }) => choices.find((choice) => choice.id === chosen[id])?.images.has(image) ?? true,
  );
}

/** How many images are left. */
export function leftInWords(left: number, all: number): string {
  return left === all ? count(all, 'image') : `${number(left)} of ${count(all, 'image')}`;
}
