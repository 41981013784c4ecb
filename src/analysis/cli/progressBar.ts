import type { Progress } from '../../protocol/job';
import { percent } from '../../reading/format';
import { timeLeft } from '../../reading/run';

const width = 16;

/** Draws progress on a terminal's line, or a line every few seconds where there is no terminal. */
export class ProgressBar {
  private last = 0;
  private stage = '';

  constructor(private readonly stream: NodeJS.WriteStream) {}

  update(progress: Progress): void {
    const { stage, done, total, elapsedMs } = progress;
    const now = performance.now();
    const changed = stage !== this.stage;
    const complete = done >= total;
    if (!changed && !complete && now - this.last < (this.stream.isTTY ? 100 : 5000)) return;
    if (!changed && complete && this.last === 0) return;
    if (changed && this.stream.isTTY && this.stage !== '') this.stream.write('\n');
    this.last = complete ? 0 : now;
    this.stage = stage;
    const share = progress.share ?? (total > 0 ? Math.min(1, done / total) : 1);
    const left = timeLeft(progress);
    const told = [
      // Of a stage that is one piece a count says nothing.
      `${stage}${total > 1 ? ` ${done}/${total}` : ''}`,
      `${(elapsedMs / 1000).toFixed(1)} s`,
      // Images advance together: of a few none is done until nearly all are. A bar shows it.
      ...(progress.share === undefined || this.stream.isTTY ? [] : [`${percent(progress.share, 0)} of all`]),
      ...(left === undefined ? [] : [`${left} left`]),
    ].join(', ');
    if (this.stream.isTTY) {
      const bar = '█'.repeat(Math.round(share * width)).padEnd(width, '░');
      // What passes the end of the line would stay when it is written anew.
      this.stream.write(`\r\u001b[K${`${bar} ${told}`.slice(0, (this.stream.columns || 80) - 1)}`);
    } else {
      this.stream.write(`${told}\n`);
    }
  }

  /** Leaves the line. */
  end(): void {
    if (this.stream.isTTY && this.stage !== '') this.stream.write('\n');
    this.stage = '';
  }
}
