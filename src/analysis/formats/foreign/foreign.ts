import { pasted, quotedForShell, renamed } from '../pasting';
import type { ForeignFile } from './file';
import { safetensorsAdvice } from './huggingFace';
import { torchPickleAdvice, torchScriptAdvice } from './torch';

/** A kind of file that is recognised but not read. */
export interface ForeignFormat {
  readonly name: string;
  /** What to do instead: a sentence, or one with lines to paste that name the file. */
  readonly advice: string | ((file: ForeignFile) => string | Promise<string>);
}

const giveAModel =
  'Give a model file: ONNX (.onnx), Keras (.keras, .h5), torch.export (.pt2) or TensorFlow.js (model.json), or the folder of ' +
  'a SavedModel.';

/** What is recognised but not read, by kind. */
export const foreignFormats = {
  pickle: {
    name: 'a pickle (as torch.save without zip, joblib or scikit-learn write)',
    advice: torchPickleAdvice,
  },
  torchPickle: { name: 'a PyTorch checkpoint (a pickle in a zip)', advice: torchPickleAdvice },
  torchScript: { name: 'a TorchScript archive', advice: torchScriptAdvice },
  safetensors: {
    name: 'a safetensors file (weights without a network)',
    advice: ({ path }) => safetensorsAdvice(path),
  },
  huggingFace: { name: 'a model folder of Hugging Face', advice: ({ path }) => safetensorsAdvice(path) },
  zippedSavedModel: {
    name: 'a TensorFlow SavedModel in a zip',
    advice: 'Unpack it and give the folder that has saved_model.pb.',
  },
  frozenGraph: {
    name: 'a frozen TensorFlow graph',
    advice:
      'Convert it with python -m tf2onnx.convert --graphdef FILE --inputs IMAGE:0 --outputs LOGITS:0 --output model.onnx',
  },
  tensorflowLite: {
    name: 'a TensorFlow Lite model',
    // Run with tf2onnx 1.17.0 and TensorFlow 2.21.0.
    advice: ({ path }) =>
      'Convert it, after pip install tf2onnx:' +
      pasted([
        `python -m tf2onnx.convert --tflite ${quotedForShell(path)} --output ${quotedForShell(renamed(path, '.onnx'))}`,
      ]),
  },
  tensorRt: { name: 'a TensorRT engine, compiled for one GPU', advice: 'Use the ONNX file that it was built from.' },
  ortFormat: { name: "a model in onnxruntime's own format (.ort)", advice: 'Use the ONNX file that it was made from.' },
  numpyArchive: { name: 'a NumPy archive', advice: 'It has arrays but no network; give it as images instead.' },
  gitLfsPointer: { name: 'a Git LFS pointer, not the model itself', advice: 'Fetch the model with git lfs pull.' },
  htmlPage: { name: 'an HTML page', advice: 'The download of the model went wrong; download it again.' },
  text: { name: 'a text file', advice: giveAModel },
  otherZip: {
    name: 'a zip archive without a model in it',
    advice: giveAModel,
  },
} satisfies Record<string, ForeignFormat>;

/** A kind of file that is recognised but not read. */
export type ForeignKind = keyof typeof foreignFormats;
