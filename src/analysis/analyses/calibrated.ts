import type { CalibrationState } from '../../protocol/calibration';

/** A calibration as detection uses it: read from a file, or made in the same job. */
export interface Calibrated {
  readonly state: CalibrationState;
  /**
   * What to judge an image of this content by, where it is one of the calibration's own images and this job has learned
   * a detector without it.
   */
  readonly heldOut: ReadonlyMap<string, NonNullable<CalibrationState['detector']>>;
}
