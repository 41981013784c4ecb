import type { Item } from '../../protocol/analyses';
import type { Report } from '../../protocol/report';
import { count } from '../base/words';
import { findings } from './findings';
import { significant, table } from './table';

/** Rows of a table that fit a terminal. */
const mostRows = 40;

/** The report as text: what was analysed, one row an image, each analysis in a few lines, and the notes if wanted. */
export function summaryText(report: Report, withNotes = true): string {
  const { manifest, analyses } = report;
  const lines = [header(report), imageTable(report)];
  if (analyses.evaluate?.summary) {
    const { n, accuracy, labelled } = analyses.evaluate.summary;
    lines.push(
      accuracy === null
        ? `Classified ${count(n, 'image')}; none has a label to compare with.`
        : `Classified ${count(n, 'image')}: ${percent(accuracy)} of ${labelled} with a label correctly.`,
    );
  }
  if (analyses.boundary?.summary) {
    const { n, median, q05, q95, converged } = analyses.boundary.summary;
    lines.push(
      `Distance to the boundary: median ${number(median)}, 5–95 % ${number(q05)} – ${number(q95)} ` +
        `(${converged} of ${n} converged; units of the network's input).`,
    );
  }
  const curvature = analyses.curvature?.summary;
  if (curvature) {
    const how = curvature.step == null ? 'exact' : `at step h = ${number(curvature.step)}`;
    lines.push(
      `Mean curvature of the boundary: ${number(curvature.meanCurvature)} ± ${number(curvature.standardError)} ` +
        `(${how}; standard error). ${signInWords(curvature.meanCurvature, curvature.standardError)}`,
    );
  }
  lines.push(...findings(report), ...(withNotes ? notes(manifest.notes) : []), '');
  return lines.join('\n');
}

/** What the sign of a mean curvature says about the region. */
function signInWords(mean: number | null, error: number | null): string {
  if (mean === null) return '';
  if (error !== null && Math.abs(mean) <= 1.96 * error) return 'Not distinguishable from flat.';
  return mean < 0
    ? 'Negative: the region of the predicted class curves inwards (concave) there.'
    : 'Positive: the region of the predicted class bulges outwards (convex) there.';
}

function header({ manifest }: Report): string {
  const { model, preprocessing, backend, images, seed } = manifest;
  const head = model.headStripped ? `, ${model.headStripped} head stripped` : '';
  return [
    `${model.path}: ${model.format}, ${model.inputShape.join('×')} → ${model.classes.length} classes, ` +
      `${model.parameters.toLocaleString('en')} parameters, ${model.smoothness}${head}`,
    `${count(images.count, 'image')}. Preprocessing: ${preprocessing.sentence}`,
    `Backend ${backend.id} ${backend.version} (${backend.device}, ${backend.threads} threads), seed ${seed}`,
    '',
  ].join('\n');
}

function imageTable(report: Report): string {
  const { evaluate, boundary, curvature } = report.analyses;
  const className = (index: number | null | undefined): string | undefined => {
    return index == null ? undefined : (report.manifest.model.classes[index] ?? String(index));
  };
  const byName = <T extends { name: string }>(items: readonly T[] | undefined): Map<string, T> => {
    return new Map((items ?? []).map((item) => [item.name, item]));
  };
  const [evaluated, bounded, curved] = [byName(evaluate?.images), byName(boundary?.images), byName(curvature?.images)];
  const names = [...new Set([...evaluated.keys(), ...bounded.keys(), ...curved.keys()])];
  if (names.length === 0) return '';
  const head = ['image', 'prediction'];
  if (evaluated.size > 0) head.push('confidence');
  if (bounded.size > 0) head.push('nearest', 'distance', 'relative', 'pixels', 'status');
  if (curved.size > 0) head.push('mean curvature', 'lowest', 'highest');
  const rows = names.slice(0, mostRows).map((name) => {
    const [e, b, c] = [evaluated.get(name), bounded.get(name), curved.get(name)];
    const label = (e ?? b ?? c)?.label;
    const wrong = (e ?? b)?.correct === false ? ' ✗' : '';
    const row: (string | number | null | undefined)[] = [name, `${className(label) ?? ''}${wrong}`];
    if (evaluated.size > 0) row.push(e?.confidence);
    if (bounded.size > 0) row.push(className(b?.target), b?.distance, b?.relativeDistance, b?.pixelDistance, b?.status);
    if (curved.size > 0) row.push(c?.meanCurvature, ...ends(c));
    return row;
  });
  const more = names.length > mostRows ? `… and ${count(names.length - mostRows, 'more image')}\n` : '';
  return `${table([head, ...rows])}${more}`;
}

function ends(item: Item<'curvature'> | undefined): (number | undefined)[] {
  return [item?.principalCurvatures.at(-1), item?.principalCurvatures[0]];
}

function notes(sentences: readonly string[]): string[] {
  return sentences.length > 0 ? ['', ...sentences.map((sentence) => `Note: ${sentence}`)] : [];
}

const number = (x: number | null | undefined): string => (x == null ? '–' : significant(x));
const percent = (x: number): string => `${significant(100 * x)} %`;
