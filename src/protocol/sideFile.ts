import { type Static, Type } from '@sinclair/typebox';

import { Words } from './schema';
import { ImageLayout, Interpolation } from './words';

const open = { additionalProperties: false };

/** How a decoded image becomes what the network sees: pixel 0–255 → (pixel · scale − mean) / std. */
export const Preprocessing = Type.Object(
  {
    scale: Type.Optional(Type.Number({ description: 'Factor on pixels 0–255.' })),
    mean: Type.Optional(Type.Union([Type.Number(), Type.Array(Type.Number(), { minItems: 1 })])),
    std: Type.Optional(Type.Union([Type.Number(), Type.Array(Type.Number(), { minItems: 1 })])),
    channels: Type.Optional(Words('rgb', 'bgr')),
    layout: Type.Optional(ImageLayout),
    resize: Type.Optional(
      Type.Object(
        {
          size: Type.Optional(Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })])),
          fit: Type.Optional(Words('stretch', 'crop')),
          interpolation: Type.Optional(Interpolation),
        },
        open,
      ),
    ),
  },
  open,
);
export type Preprocessing = Static<typeof Preprocessing>;

/** `boundary-lens.json`, beside the model. */
export const SideFile = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    classes: Type.Optional(Type.Array(Type.String(), { minItems: 2 })),
    binary: Type.Optional(Type.Boolean({ description: 'One linear output is the logit of class 1 against class 0.' })),
    signature: Type.Optional(Type.String({ description: 'Which signature of a TensorFlow SavedModel is the model.' })),
    preprocessing: Type.Optional(Preprocessing),
  },
  { ...open, $id: 'boundary-lens/side-file', title: 'Boundary Lens side file' },
);
export type SideFile = Static<typeof SideFile>;
