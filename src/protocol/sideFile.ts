import { type SchemaOptions, type Static, type TInteger, type TTuple, Type } from '@sinclair/typebox';

import { Choice, Words } from './schema';
import { ImageLayout, Interpolation } from './words';

const open = { additionalProperties: false };

/** Height and width in pixels. */
export const Size = (options: SchemaOptions = {}): TTuple<[TInteger, TInteger]> =>
  Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })], options);

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
          size: Type.Optional(Size()),
          fit: Type.Optional(Words('stretch', 'crop')),
          interpolation: Type.Optional(Interpolation),
          corner: Type.Optional(
            Choice(['round', 'floor'], {
              description:
                'Where a crop begins when half a pixel is left: rounded half to even as torchvision does, or down as the ' +
                'image processors of Hugging Face do.',
            }),
          ),
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
    inputSize: Type.Optional(
      Size({ description: 'Height and width of the images, where the model leaves them open.' }),
    ),
    output: Type.Optional(
      Type.String({ minLength: 1, description: 'The output that holds the class scores, where several would do.' }),
    ),
    preprocessing: Type.Optional(Preprocessing),
  },
  { ...open, $id: 'boundary-lens/side-file', title: 'Boundary Lens side file' },
);
export type SideFile = Static<typeof SideFile>;
