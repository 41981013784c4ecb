import { isDeepStrictEqual } from 'node:util';

import type { CalibrationState } from '../../protocol/calibration';
import type { SearchLevel } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import type { PreprocessingPlan } from '../images/preprocess';
import type { ReadModel } from '../model/read';
import { readReport } from '../reports/files';

/**
 * What `calibrate` wrote: the report of a calibration is its file.
 *
 * @param level - how boundary points are to be searched; as in the calibration, unless it is given.
 * @throws AnalysisError 'invalid-input' for a file that is no calibration, or one of another model, preprocessing or search
 *   for boundary points: what was learned there says nothing here.
 */
export async function readCalibration(
  file: string,
  model: Pick<ReadModel, 'sha256' | 'headStripped'> & { readonly loaded: Pick<ReadModel['loaded'], 'settled'> },
  { preprocessing, source }: PreprocessingPlan,
  level?: SearchLevel,
): Promise<CalibrationState> {
  const { manifest, analyses } = await readReport(file);
  const state = analyses.calibration?.state;
  if (!state) {
    throw new AnalysisError(
      'invalid-input',
      `${file} holds no calibration; write one with: boundary-lens calibrate MODEL --clean IMAGES --out ${file}`,
    );
  }
  const refuse = (what: string, theirs: string, ours: string, remedy = 'calibrate again'): never => {
    throw new AnalysisError(
      'invalid-input',
      `${file} was calibrated with another ${what} (${theirs}; here ${ours}), so it says nothing about this one; ${remedy}`,
    );
  };
  if (manifest.model.sha256 !== model.sha256) {
    refuse('model', `SHA-256 ${manifest.model.sha256.slice(0, 12)}…`, `${model.sha256.slice(0, 12)}…`);
  }
  if (manifest.model.headStripped !== model.headStripped) {
    refuse('head of the model', String(manifest.model.headStripped), String(model.headStripped));
  }
  const { inputSize, output } = manifest.settings;
  const settled = plain(model.loaded.settled);
  if (!isDeepStrictEqual(plain({ inputSize, output }), settled)) {
    refuse('input size or output', JSON.stringify({ inputSize, output }), JSON.stringify(settled));
  }
  const { scale, mean, std, channels, layout, resize, source: theirSource } = manifest.preprocessing;
  const theirs = plain({ scale, mean, std, channels, layout, resize });
  const ours = plain(preprocessing);
  // Arrays that are what the network sees are in the units of every calibration of this network.
  if (source !== 'none' && (theirSource === 'none' || !isDeepStrictEqual(theirs, ours))) {
    refuse('preprocessing', JSON.stringify(theirs), JSON.stringify(ours));
  }
  if (!state.search) refuse('search for boundary points', 'DeepFool', level ?? 'a nearer one');
  if (state.search && level !== undefined && level !== state.search) {
    const remedy = `calibrate again with --search ${level}, or ask with --search ${state.search}`;
    refuse('search for boundary points', state.search, level, remedy);
  }
  return state;
}

/** As a file would give it back. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
