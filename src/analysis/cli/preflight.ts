import type { Candidate, Preflight } from '../../protocol/preflight';
import { baseName, literal, number, percent } from '../../reading/format';
import { lineDifference } from '../../reading/lineDifference';
import { doubtInWords, predictionsInWords, proposalInWords, resultInWords } from '../../reading/preflight';
import { AnalysisError } from '../base/errors';
import { writeWhole } from '../reports/files';
import { table } from './table';

/** Images whose predictions are printed. */
const mostShown = 4;

/** What `inspect --images` prints: some predictions, what is doubtful, and the usual preprocessings, the best first. */
export function preflightText(preflight: Preflight): string {
  const { predictions, candidates, current, doubts } = preflight;
  const rows = predictions.slice(0, mostShown).map(({ name, label, predicted, confidence }) => {
    return [literal(name, 60), literal(label ?? '', 40), literal(predicted, 40), percent(confidence, 0)];
  });
  const parts = [
    rows.length > 0 ? table([['image', 'class', 'predicted', 'softmax'], ...rows]) : '',
    `Images become ${current.formula}. With it ${predictionsInWords(preflight)}\n`,
    doubts.map((doubt) => `${doubtInWords(doubt, preflight)}\n`).join(''),
    candidates.length > 0 ? `${rankedText(preflight)}\n${proposalInWords(preflight)}\n` : '',
  ];
  return `\n${parts.filter((text) => text !== '').join('\n')}`;
}

function rankedText(preflight: Preflight): string {
  const head = ['preprocessing', 'pixels become', 'result', 'bits', '--preprocessing'];
  return table([
    head,
    ...preflight.candidates.map((candidate) => [
      candidate.name,
      candidate.formula,
      resultInWords(preflight, candidate),
      number(candidate.information / Math.LN2, 2),
      JSON.stringify(candidate.preprocessing),
    ]),
  ]);
}

/**
 * Which preprocessing `--save` keeps: what the user gave, else the one proposed; null where what is in use is stated already.
 *
 * @throws AnalysisError 'invalid-input' where it cannot be told which is right
 */
export function preprocessingToSave(preflight: Preflight): Candidate | null {
  const { current, candidates, proposal, source, doubts } = preflight;
  if (source === 'option') return current;
  const isFine = doubts.every((doubt) => doubt === 'images');
  if (isFine) return null;
  if (proposal && candidates[0]) return candidates[0];
  throw new AnalysisError(
    'invalid-input',
    `nothing was saved: ${proposalInWords(preflight)} Choose one with --preprocessing JSON --save`,
  );
}

/**
 * Writes a candidate into the model's side file, and says so; shows what would change where there is one already.
 *
 * @param replaces - whether a file that is there is written over.
 * @throws AnalysisError 'invalid-input' where there is a file and it may not be replaced, or the folder cannot be written to: with
 *   the JSON to copy
 */
export async function saveSideFile(
  preflight: Pick<Preflight, 'sideFile'>,
  candidate: Candidate,
  replaces: boolean,
): Promise<string> {
  const { path, text } = preflight.sideFile;
  const { sideFile, name } = candidate;
  if (text === sideFile) return `${path} says so already.\n`;
  if (text !== null && !replaces) {
    throw new AnalysisError(
      'invalid-input',
      `${path} is there already and was left as it is; --yes replaces it. What would change:\n${lineDifference(text, sideFile).join('\n')}\n`,
    );
  }
  try {
    await writeWhole(path, sideFile);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AnalysisError(
      'invalid-input',
      `${path} cannot be written (${reason}). Keep this as ${baseName(path)} beside a copy of the model, or give it with --preprocessing:\n${sideFile}`,
      { cause: error },
    );
  }
  const changed = text === null ? '' : `\n${lineDifference(text, sideFile).join('\n')}\n`;
  return `Saved “${name}” in ${path}.\n${changed}`;
}
