import type { AnalysisName } from '../../protocol/analyses';
import type { Request } from '../../protocol/job';
import { presetRuns, presets, requestedNames } from '../../protocol/presets';
import { AnalysisError } from '../base/errors';

/** Options that were typed, and the analysis that they are of. */
export interface Typed {
  readonly analysis: AnalysisName;
  readonly options: readonly string[];
}

/**
 * Refuses options of analyses that a request does not run: nothing that was asked for is left out silently.
 *
 * @param commandsOf - the commands that run an analysis by itself.
 * @throws AnalysisError 'invalid-input' that names the presets and the commands that take them
 */
export function refuseUnused(
  request: Pick<Request, 'preset' | 'analyses'>,
  typed: readonly Typed[],
  commandsOf: (analysis: AnalysisName) => readonly string[],
): void {
  const { preset } = request;
  const asked = requestedNames(preset, request.analyses);
  const unused = typed.find(({ analysis, options }) => options.length > 0 && !asked.includes(analysis));
  if (!unused || preset === undefined) return;
  const { analysis, options } = unused;
  const what = `${listed(options, 'and')} ${options.length === 1 ? 'is' : 'are'} for ${analysis}`;
  if (presetRuns[preset].includes(analysis)) {
    throw new AnalysisError('invalid-input', `${what}, which --calibration makes needless; leave one of them out`);
  }
  const others = presets.filter((one) => presetRuns[one].includes(analysis));
  const way = [`--preset ${listed(others, 'or')}`, `the command ${listed(commandsOf(analysis), 'or')}`].join(', or ');
  throw new AnalysisError(
    'invalid-input',
    `${what}, which --preset ${preset} does not run; take ${way}, or leave it out`,
  );
}

/** Words with commas between, and `and` or `or` before the last. */
function listed(words: readonly string[], joint: 'and' | 'or'): string {
  const [last = '', ...before] = words.toReversed();
  return before.length === 0 ? last : `${before.reverse().join(', ')} ${joint} ${last}`;
}
