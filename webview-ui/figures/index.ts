import type { AnalysisName, Section } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import { attacks } from './attacks';
import { caught } from './caught';
import { differences, distancePairs } from './comparison';
import { convexity } from './convexity';
import { directionTiles } from './directionTiles';
import { distances } from './distances';
import type { Figure } from './figure';
import { meanCurvature } from './meanCurvature';
import { nearestClasses } from './nearestClasses';
import { pathLengths, pathsFound } from './paths';
import { predictions } from './predictions';
import { projections } from './projections';
import { pValues } from './pValues';
import { robustness } from './robustness';
import { scaleSweep } from './scaleSweep';
import { areas, recovery, rocs, scoreDistributions } from './scores';
import { sharedDirections } from './sharedDirections';
import { slices } from './slices';
import { spectrum, spectrumEnds } from './spectrum';
import { tangents } from './tangents';

/** Draws a section as far as its results have come; nothing while they do not suffice. */
type Draw<K extends AnalysisName> = (section: Section<K>, report: Report) => Figure | readonly Figure[] | undefined;

/** The one table of figures: how each analysis is drawn, in reading order. */
const figures: { readonly [K in AnalysisName]: readonly Draw<K>[] } = {
  evaluate: [predictions],
  boundary: [distances, nearestClasses],
  curvature: [spectrum, spectrumEnds, tangents, meanCurvature, scaleSweep],
  subspace: [sharedDirections, robustness, projections, directionTiles],
  paths: [pathsFound, pathLengths],
  convexity: [convexity],
  slice: [slices],
  calibration: [caught, rocs, areas, scoreDistributions, recovery, attacks],
  detect: [pValues],
  compare: [differences, distancePairs],
};

/** The figures of one analysis of a report. */
export function figuresOf(analysis: AnalysisName, report: Report): Figure[] {
  const section = report.analyses[analysis];
  if (!section) return [];
  // That the entry of the table and the section are of the same analysis, the compiler cannot follow.
  const draws = figures[analysis] as readonly ((section: object, report: Report) => ReturnType<Draw<AnalysisName>>)[];
  return draws.flatMap((draw) => draw(section, report) ?? []);
}
