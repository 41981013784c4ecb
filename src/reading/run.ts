import type { Progress } from '../protocol/job';
import type { PanelState } from '../protocol/view';
import { baseName, count, duration, moment, number, percent } from './format';

/* How a run is called, and how it stands. */

/** Which run this is: when, on what, how thorough: `today 14:02 · digits · Quick`. Empty where nothing is known of it. */
export function runInWords({ run, report, file }: PanelState, now: number): string {
  const created = report ? Date.parse(report.manifest.createdAt) : NaN;
  const at = run?.at ?? (Number.isNaN(created) ? undefined : created);
  const images = report && count(report.manifest.images.count, 'image');
  const parts = [at !== undefined && moment(at, now), run?.name ?? images, file !== undefined && baseName(file)];
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' · ');
}

/** Said of a failure that has no words of its own. */
export const noReason = 'No reason was given; the log may hold one.';

/** How a run stands, in few words. */
export function stateInWords({ phase, progress, modelChanged, failure }: PanelState): {
  readonly text: string;
  readonly warning: boolean;
} {
  switch (phase) {
    case 'running': {
      const left = progress && timeLeft(progress);
      const share = progress?.share === undefined ? 'Running' : percent(progress.share, 0);
      return { text: left === undefined ? share : `${share} · ${left} left`, warning: false };
    }
    case 'cancelled':
      return { text: 'Cancelled', warning: false };
    case 'failed':
      return { text: `Failed${failure ? ` (${failure.code})` : ''}`, warning: true };
    case 'done':
      return modelChanged === undefined
        ? { text: 'Done', warning: false }
        : { text: modelChanged === 'since' ? 'Model changed since' : 'Model changed during the run', warning: true };
    case 'interrupted':
      return { text: 'Interrupted', warning: false };
  }
}

/** How long it will still take; undefined where too little is done to say, and where it takes longer than was expected. */
export function timeLeft({ share, elapsedMs }: Progress): string | undefined {
  if (share === undefined || share < 0.05 || share > 0.98 || elapsedMs < 2000) return undefined;
  const left = (elapsedMs * (1 - share)) / share;
  return left < 60_000 ? `${Math.max(1, Math.round(left / 1000))} s` : `${Math.round(left / 60_000)} min`;
}

/** What is going on right now. */
export function progressInWords(progress: Progress | undefined): string {
  if (!progress) return 'Starting …';
  const { stage, done, total, elapsedMs, backend } = progress;
  return [
    stage,
    total > 1 && `${number(done)} of ${number(total)} (${percent(done / total, 0)})`,
    duration(elapsedMs),
    backend,
    'closing this panel does not stop it',
  ]
    .filter((part) => typeof part === 'string')
    .join(' · ');
}
