import { type Static, Type } from '@sinclair/typebox';

import { analyses, type AnalysisName, type Params } from './analyses';
import { Choice, Count, Words } from './schema';

/** How thorough the main job is. */
export const presets = ['distances', 'quick', 'standard', 'paper'] as const;
export type Preset = (typeof presets)[number];

const all: readonly AnalysisName[] = [
  'evaluate',
  'boundary',
  'curvature',
  'subspace',
  'paths',
  'convexity',
  'slice',
  'calibration',
  'detect',
];

/** What each preset runs. */
export const presetRuns: Readonly<Record<Preset, readonly AnalysisName[]>> = {
  distances: ['evaluate', 'boundary'],
  quick: all,
  standard: all,
  paper: all,
};

/** The analyses of a request: those of its preset, and those it names. Who brings a calibration wants no other. */
export function requestedNames(preset: Preset | undefined, named: Named): AnalysisName[] {
  const isCalibrated = named.detect?.calibration !== undefined;
  const own = (preset ? presetRuns[preset] : []).filter((name) => name !== 'calibration' || !isCalibrated);
  return (Object.keys(analyses) as AnalysisName[]).filter((name) => own.includes(name) || named[name] !== undefined);
}

type Named = { readonly [K in AnalysisName]?: Params<K> };

/** What each preset is for, as a user is told: measured for a hundred images of a LeNet on two cores. */
export const presetDescriptions: Readonly<Record<Preset, string>> = {
  distances: 'how far the boundary is, and nothing else: for networks on which all else takes hours',
  quick:
    'a first look: half a minute for 100 images of a small network on two cores, some minutes for ten as large as photographs, with fewer paths and coarser planes',
  standard: 'more paths and directions, and a sweep over scales: some minutes',
  paper: 'the sizes of the paper: hours, and can be resumed',
};

export const Preset = Choice(presets, {
  default: 'quick' satisfies Preset,
  description: `how thorough; ${presets.map((preset) => `${preset}: ${presetDescriptions[preset]}`).join('; ')}`,
});

/** What a run is expected to take, by the speed that the network was measured to have on this machine's processor. */
export const Expected = Type.Object({
  preset: Words(...presets),
  /** How many images are analysed: all that were chosen, or fewer where those take long. */
  images: Count,
  seconds: Type.Number(),
  /** The most memory that the engine is to have at a time. */
  bytes: Type.Number(),
});
export type Expected = Static<typeof Expected>;
