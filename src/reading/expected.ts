import type { Expected } from '../protocol/presets';
import { count, fileSize, roughDuration } from './format';

/* What a run is expected to take. */

/** Time and memory: '12 minutes, 0.9 GB of memory'. */
export function expectedInWords({ seconds, bytes }: Pick<Expected, 'seconds' | 'bytes'>): string {
  return `${roughDuration(seconds)}, ${fileSize(Number(bytes.toPrecision(2)))} of memory`;
}

/**
 * What the run that was asked for takes, and what is smaller, for a terminal: the first of `expected` is the smallest.
 *
 * @param images - how many there are.
 */
export function smallerInWords(expected: readonly Expected[], preset: Expected['preset'], images: number): string {
  const place = expected.findIndex((one) => one.preset === preset && one.images === images);
  const own = expected[place];
  if (!own) return '';
  const smaller = expected.slice(0, place).map((one) => {
    const limit = one.images < images ? ` --limit ${one.images}` : '';
    return `--preset ${one.preset}${limit} about ${roughDuration(one.seconds)}`;
  });
  const less = smaller.length > 0 ? ` Less: ${smaller.join(', ')}.` : '';
  return `${count(images, 'image')} at this preset take about ${expectedInWords(own)} on this machine.${less}`;
}
