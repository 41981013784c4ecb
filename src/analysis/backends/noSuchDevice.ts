import type { BackendId } from '../../protocol/words';
import { AnalysisError } from '../base/errors';

/** A card that was named and is not there. */
export class NoSuchDevice extends AnalysisError {
  constructor(message: string) {
    super('invalid-input', message);
  }
}

/**
 * Refuses the choice of a card where a backend offers none.
 *
 * @param why a clause
 * @throws NoSuchDevice
 */
export function refuseDevice(id: BackendId, device: number | undefined, why: string): void {
  if (device === undefined) return;
  throw new NoSuchDevice(
    `--device chooses a card for cuda and directml, and not for ${id}: ${why}. Leave --device out.`,
  );
}
