import { type Static, Type } from '@sinclair/typebox';

import { Sections } from './analyses';
import { Failure } from './failure';
import { Count, Nullable } from './schema';
import { Preprocessing } from './sideFile';
import { BackendId, JobState, Layout, PreprocessingSource, Smoothness } from './words';

/** What was analysed, with what, and at which cost: enough to repeat it. */
export const Manifest = Type.Object({
  tool: Type.Object({ name: Type.Literal('boundary-lens'), version: Type.String() }),
  command: Type.String(),
  state: JobState,
  createdAt: Type.String(),
  durationMs: Type.Number(),
  model: Type.Object({
    path: Type.String(),
    format: Type.String(),
    producer: Nullable(Type.String()),
    sha256: Type.String(),
    parameters: Count,
    inputShape: Type.Array(Type.Integer()),
    layout: Layout,
    classes: Type.Array(Type.String()),
    /** Where the class names come from. */
    classesSource: Type.String(),
    smoothness: Smoothness,
    headStripped: Nullable(Type.String()),
    /** Where activations are rounded to integers, so that logits change in steps; absent where they are not. */
    stepped: Type.Optional(Type.Literal(true)),
  }),
  preprocessing: Type.Composite([
    Preprocessing,
    Type.Object({
      source: PreprocessingSource,
      /** In words, with the accuracy or predictions it gives where it is a guess. */
      sentence: Type.String(),
    }),
  ]),
  images: Type.Object({ count: Count, sha256: Type.String() }),
  seed: Type.Integer(),
  settings: Type.Record(Type.String(), Type.Unknown()),
  backend: Type.Object({
    id: BackendId,
    provider: Type.String(),
    device: Type.String(),
    version: Type.String(),
    threads: Type.Integer(),
    batch: Type.Integer(),
    refused: Type.Array(Type.Object({ id: BackendId, reason: Type.String() })),
    /**
     * Where a device failed and `auto` moved on: all that computed, in order, and why the one before was given up. Each item
     * then names its own.
     */
    stages: Type.Optional(
      Type.Array(
        Type.Object({
          ...{ id: BackendId, provider: Type.String(), device: Type.String(), version: Type.String() },
          ...{ threads: Type.Integer(), reason: Nullable(Type.String()) },
        }),
      ),
    ),
  }),
  cost: Type.Object({ forwards: Count, gradients: Count, hessianProducts: Count }),
  /** What the user should know about how the numbers came about. */
  notes: Type.Array(Type.String()),
});
export type Manifest = Static<typeof Manifest>;

export const schemaVersion = 1;

/** PNG data URIs of an image as the network sees it, of its boundary point, and of the difference, grey for none. */
const Pictures = Type.Object({
  seen: Type.String(),
  boundary: Type.String(),
  difference: Type.String(),
  /** The change that is drawn as black or white, in pixel values 0–255. */
  largest: Type.Number(),
});
export type Pictures = Static<typeof Pictures>;

/** What is drawn, saved and read by scripts. */
export const Report = Type.Object(
  {
    schema: Type.Literal('boundary-lens/report'),
    schemaVersion: Type.Literal(schemaVersion),
    manifest: Manifest,
    analyses: Sections,
    failures: Type.Array(Failure),
    /** Small pictures of the images, PNG data URIs by image name; at most 200. */
    thumbnails: Type.Optional(Type.Record(Type.String(), Type.String())),
    /** Of the images whose boundary was found, by name; at most 200. */
    pictures: Type.Optional(Type.Record(Type.String(), Pictures)),
  },
  { $id: 'boundary-lens/report', title: 'Boundary Lens report' },
);
export type Report = Omit<Static<typeof Report>, 'analyses'> & { analyses: Sections };
