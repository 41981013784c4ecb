import { type Static, Type } from '@sinclair/typebox';

import { Expected } from './presets';
import { Count, Nullable, Words } from './schema';
import { Preprocessing } from './sideFile';

/* What a model makes of some images before anything is computed of them, and of the usual ways to prepare them. */

/** Why a person is asked before a run begins. */
export const doubts = ['chance', 'better', 'outputs', 'images', 'unstated'] as const;
export const Doubt = Words(...doubts);
export type Doubt = Static<typeof Doubt>;

/** What is predicted for an image: the class by name, and softmax's share of it. */
const Prediction = Type.Object({ predicted: Type.String(), confidence: Type.Number() });

/** One way to prepare images, and what the model made of the sample under it. */
export const Candidate = Type.Object({
  name: Type.String(),
  /** All that is needed to use it: for `--preprocessing` or the side file. */
  preprocessing: Preprocessing,
  /** Pixels to numbers, in words. */
  formula: Type.String(),
  /** Labelled images that are predicted right; null where none is labelled. */
  right: Nullable(Count),
  /** Mean of the largest softmax share. */
  confidence: Type.Number(),
  /** Classes that are predicted at least once. */
  variety: Count,
  /** What a prediction tells of an image, in nats: confident and varied is much, all alike or all unsure nothing. */
  information: Type.Number(),
  /** Median lead of the largest logit over the next: that of trained networks is a few units. */
  margin: Type.Number(),
  /** For the images that are shown. */
  shown: Type.Array(Prediction),
  /** The images that are shown as the network sees them, PNG data URIs; a channel order of its own shows as false colours. */
  pictures: Type.Array(Type.String()),
  /** What `boundary-lens.json` would say with it. */
  sideFile: Type.String(),
});
export type Candidate = Static<typeof Candidate>;

/** That the first candidate is the one to take, and by how much. */
export const Proposal = Type.Object({
  /** The name of the best of those that differ from it by more than a grey level or two; null where there is none. */
  over: Nullable(Type.String()),
  /** How many more of the sample are right; null where none is labelled. */
  lead: Nullable(Type.Integer()),
  /** Of McNemar's exact test on labelled images; null where none is labelled. */
  p: Nullable(Type.Number()),
  /** Others that images cannot tell from it, by name. */
  twins: Type.Array(Type.String()),
});
export type Proposal = Static<typeof Proposal>;

export const Preflight = Type.Object({
  /** Images that were looked at, drawn by seed, and those of them whose class is known. */
  sampled: Count,
  labelled: Count,
  /** K. */
  outputs: Count,
  /** The share that would be right if predictions had nothing to do with the labels; null where none is labelled. */
  chance: Nullable(Type.Number()),
  /** What each image of the sample is taken for, as things are. */
  predictions: Type.Array(
    Type.Object({ name: Type.String(), label: Nullable(Type.String()), ...Prediction.properties }),
  ),
  /** The preprocessing that a run would use. */
  current: Candidate,
  /** Whether somebody states its numbers, and how. */
  stated: Type.Boolean(),
  source: Type.String(),
  doubts: Type.Array(Doubt),
  /** Why the images can hardly be the model's; null where nothing speaks against them. */
  misfit: Nullable(Type.String()),
  /** Ranked, the best first; empty where nothing is in doubt, or they have not been tried yet. */
  candidates: Type.Array(Candidate),
  /** Null where it cannot be told which is right. */
  proposal: Nullable(Proposal),
  /** Where a choice is kept, and what stands there; null where there is no such file. */
  sideFile: Type.Object({ path: Type.String(), text: Nullable(Type.String()) }),
  /** What each preset is expected to take; absent where no preset is asked for, or it is not measured yet. */
  expected: Type.Optional(Type.Array(Expected)),
});
export type Preflight = Static<typeof Preflight>;
