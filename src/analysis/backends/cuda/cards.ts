import { spawnSync } from 'node:child_process';
import process from 'node:process';

/** A graphics card of NVIDIA's. */
export interface Card {
  readonly name: string;
  readonly driver: string;
  /** Bytes that nobody uses; undefined where the card does not tell. */
  readonly free: number | undefined;
}

interface Listed extends Card {
  readonly index: string;
  readonly uuid: string;
}

const columns = ['index', 'uuid', 'name', 'driver_version', 'memory.free'];

/**
 * The cards that CUDA may use, in the order in which it counts them: all, or those that CUDA_VISIBLE_DEVICES names.
 *
 * @param listing as nvidia-smi prints it
 * @param visible the variable's value, null where it is not set
 */
export function visibleCards(listing = listed(), visible = process.env['CUDA_VISIBLE_DEVICES'] ?? null): Card[] {
  const cards = listing.split('\n').flatMap((line): Listed[] => {
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length < columns.length) return [];
    const [index, uuid, name, driver, mebibytes] = cells;
    const free = Number(mebibytes) * 2 ** 20;
    return [{ index, uuid, name, driver, free: Number.isFinite(free) ? free : undefined }];
  });
  if (visible === null) return cards;
  const chosen: Card[] = [];
  for (const wanted of visible.split(',').map((part) => part.trim())) {
    const card = cards.find(({ index, uuid }) => wanted !== '' && (index === wanted || uuid.startsWith(wanted)));
    // CUDA looks no further either.
    if (!card) break;
    chosen.push(card);
  }
  return chosen;
}

function listed(): string {
  const args = [`--query-gpu=${columns.join(',')}`, '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', args, { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? stdout : '';
}
