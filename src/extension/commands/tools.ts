import type { Preset } from '../../protocol/presets';
import type { Report } from '../../protocol/report';
import type { Remembered } from '../choosing/choose';
import type { JsonStore } from '../jsonStore';
import type { Inspections } from '../models/inspections';
import type { Preflights } from '../preflight/preflights';
import type { Results } from '../runs/results';
import type { Runs } from '../runs/runs';
import type { AllSeries } from '../series/allSeries';

/** What the commands work with. */
export interface Tools {
  readonly runs: Runs;
  readonly series: AllSeries;
  readonly results: Results;
  readonly inspections: Inspections;
  readonly preflights: Preflights;
  readonly remembered: Remembered;
  /** The last calibration of each model, by its path: the report of the calibration, which the engine reads as it is. */
  readonly calibrations: JsonStore<Report>;
}

/** What would be asked for, given where nobody is there to ask. */
export interface Choices {
  readonly model?: string;
  /** What to analyse: a folder or an array file. Who names it is asked nothing about it. */
  readonly images?: string;
  readonly preset?: Preset;
  /** A calibration file, for an analysis that shall not learn its own. */
  readonly calibration?: string;
  /** Clean images to calibrate on, whatever was stored; null to go without a calibration. */
  readonly clean?: string | null;
}
