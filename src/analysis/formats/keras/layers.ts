import { AnalysisError } from '../../base/errors';
import { broadcast, plain } from '../../compound/tensor';
import { activationLayer } from './activation';
import { convolution, depthwiseConvolution, separableConvolution, transposedConvolution } from './convolution';
import { dense, einsumDense, multiHeadAttention } from './dense';
import { inputOf, type Layer } from './layer';
import { concatenate, dot, merging } from './merging';
import {
  batchNormalization,
  dataNormalization,
  groupNormalization,
  layerNormalization,
  rescaling,
  rmsNormalization,
  unitNormalization,
} from './normalization';
import { averagePooling, globalAveragePooling, globalMaxPooling, maxPooling } from './pooling';
import { centerCrop, randomCrop, resizing } from './preprocessing';
import { cropping, flatten, permute, repeatVector, reshaping, upSampling, zeroPadding } from './reshaping';

const activationOnly: Layer = (call) =>
  activationLayer(call.builder, inputOf(call), call.className, call.settings, call.keras) ?? inputOf(call);

/** relu(x) − α relu(−x). */
const prelu: Layer = (call) => {
  const { builder: b } = call;
  const { alpha } = call.variables(['alpha']);
  return broadcast(b, [inputOf(call), plain(b.constant(alpha.data, alpha.shape))], (x, slope) =>
    b.minus(b.relu(x), b.times(slope, b.relu(b.neg(x)))),
  );
};

/** x · γ, of ConvNeXt. */
const layerScale: Layer = (call) => {
  const { builder: b } = call;
  const { gamma } = call.variables(['gamma']);
  return broadcast(b, [inputOf(call), plain(b.constant(gamma.data, gamma.shape))], (x, scale) => b.times(x, scale));
};

/** The sum of two inputs, the second scaled, of InceptionResNetV2. */
const customScale: Layer = (call) => {
  const { builder: b, inputs, settings } = call;
  return broadcast(b, inputs, (x, residual) => b.plus(x, b.times(residual, b.scalar(settings.number('scale')))));
};

/** Layers by the names of their classes. */
export const classes: Readonly<Record<string, Layer>> = {
  Dense: dense,
  EinsumDense: einsumDense,
  MultiHeadAttention: multiHeadAttention,
  BatchNormalization: batchNormalization,
  SyncBatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  GroupNormalization: groupNormalization,
  UnitNormalization: unitNormalization,
  Normalization: dataNormalization,
  Rescaling: rescaling,
  Resizing: resizing,
  CenterCrop: centerCrop,
  RandomCrop: randomCrop,
  LayerScale: layerScale,
  CustomScaleLayer: customScale,
  Activation: activationOnly,
  ReLU: activationOnly,
  LeakyReLU: activationOnly,
  ELU: activationOnly,
  ThresholdedReLU: activationOnly,
  Softmax: activationOnly,
  PReLU: prelu,
  Flatten: flatten,
  Reshape: reshaping,
  Permute: permute,
  RepeatVector: repeatVector,
  Add: merging((b, p, q) => b.plus(p, q)),
  Subtract: merging((b, p, q) => b.minus(p, q)),
  Multiply: merging((b, p, q) => b.times(p, q)),
  Average: merging((b, p, q) => b.plus(p, q), true),
  Maximum: merging((b, p, q) => b.max(p, q)),
  Minimum: merging((b, p, q) => b.min(p, q)),
  Concatenate: concatenate,
  Dot: dot,
};

/** Classes that exist for 1, 2 and 3 spatial axes, by what stands before "2D". */
export const spatialClasses: Readonly<Record<string, Layer>> = {
  Conv: convolution,
  DepthwiseConv: depthwiseConvolution,
  SeparableConv: separableConvolution,
  ConvTranspose: transposedConvolution,
  MaxPooling: maxPooling,
  AveragePooling: averagePooling,
  GlobalMaxPooling: globalMaxPooling,
  GlobalAveragePooling: globalAveragePooling,
  ZeroPadding: zeroPadding,
  Cropping: cropping,
  UpSampling: upSampling,
  SpatialDropout: inputOf,
};

/** What does something in training only. */
const trainingOnly: ReadonlySet<string> = new Set([
  'ActivityRegularization',
  'AlphaDropout',
  'AugMix',
  'CutMix',
  'Dropout',
  'Equalization',
  'GaussianDropout',
  'GaussianNoise',
  'Identity',
  'MixUp',
  'RandAugment',
  'RandomBrightness',
  'RandomColorDegeneration',
  'RandomColorJitter',
  'RandomContrast',
  'RandomElasticTransform',
  'RandomErasing',
  'RandomFlip',
  'RandomGaussianBlur',
  'RandomGrayscale',
  'RandomHeight',
  'RandomHue',
  'RandomInvert',
  'RandomPerspective',
  'RandomPosterization',
  'RandomRotation',
  'RandomSaturation',
  'RandomSharpness',
  'RandomShear',
  'RandomTranslation',
  'RandomWidth',
  'RandomZoom',
  'Solarization',
  'StochasticDepth',
]);

/** Whether a layer of that class passes its input on when nothing is trained. */
export function isTrainingOnly(className: string): boolean {
  return trainingOnly.has(className) || /^SpatialDropout[123]D$/.test(className);
}

/** What a class of layers computes, undefined where this program does not know it. */
function knownLayer(className: string): Layer | undefined {
  if (isTrainingOnly(className)) return inputOf;
  if (Object.hasOwn(classes, className)) return classes[className];
  const spatial = /^([A-Za-z]+)[123]D(Transpose)?$/.exec(className);
  const family = spatial === null ? '' : spatial.slice(1).join('');
  return Object.hasOwn(spatialClasses, family) ? spatialClasses[family] : undefined;
}

/** Whether there is a layer of that class. */
export function isLayerClass(className: string): boolean {
  return knownLayer(className) !== undefined;
}

/**
 * What a class of layers computes.
 *
 * @param layer the layer, as messages name it
 * @throws AnalysisError 'unsupported-op'
 */
export function layerOf(className: string, layer: string): Layer {
  const known = knownLayer(className);
  if (known !== undefined) return known;
  const why = className === 'Lambda' || className === 'LambdaLayer' ? ': it holds code, which is never run' : '';
  throw new AnalysisError(
    'unsupported-op',
    `${layer}: layers of the class ${className} are not supported${why}; ` +
      'write it with layers and operators of Keras, or export the model as a SavedModel (model.export) or to ONNX.',
  );
}
