/** A kind of file that is recognised but not read. */
export interface ForeignFormat {
  readonly name: string;
  /** A sentence: what to do instead. */
  readonly advice: string;
}

const EXPORT_FROM_TORCH =
  'It is never unpickled, because a pickle can run any code. Export it where the model is defined, with C, H, W the ' +
  "image's channels, height and width: model.eval(); torch.onnx.export(model, (torch.zeros(1, C, H, W),), " +
  '"model.onnx", dynamo=True)';

/** What is recognised but not read, by kind. */
export const foreignFormats = {
  pickle: {
    name: 'a pickle (as torch.save without zip, joblib or scikit-learn write)',
    advice: EXPORT_FROM_TORCH,
  },
  torchPickle: { name: 'a PyTorch checkpoint (a pickle in a zip)', advice: EXPORT_FROM_TORCH },
  torchScript: { name: 'a TorchScript archive (its graph is a pickle)', advice: EXPORT_FROM_TORCH },
  torchExport: {
    name: 'a torch.export archive (.pt2)',
    advice:
      'Convert it to ONNX: ep = torch.export.load("model.pt2"); torch.onnx.export(ep, (), "model.onnx", dynamo=True)',
  },
  safetensors: {
    name: 'a safetensors file, which has weights but no network',
    advice:
      'Load the weights into the model and export that: torch.onnx.export(model, (torch.zeros(1, C, H, W),), ' +
      '"model.onnx", dynamo=True)',
  },
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
    advice: 'Convert it with python -m tf2onnx.convert --tflite FILE --output model.onnx',
  },
  tensorRt: { name: 'a TensorRT engine, compiled for one GPU', advice: 'Use the ONNX file that it was built from.' },
  ortFormat: { name: "a model in onnxruntime's own format (.ort)", advice: 'Use the ONNX file that it was made from.' },
  numpyArchive: { name: 'a NumPy archive', advice: 'It has arrays but no network; give it as images instead.' },
  gitLfsPointer: { name: 'a Git LFS pointer, not the model itself', advice: 'Fetch the model with git lfs pull.' },
  htmlPage: { name: 'an HTML page', advice: 'The download of the model went wrong; download it again.' },
  text: {
    name: 'a text file',
    advice: 'Give a model file: ONNX (.onnx), Keras (.keras, .h5) or TensorFlow.js (model.json).',
  },
  otherZip: {
    name: 'a zip archive without a model in it',
    advice: 'Give a model file: ONNX (.onnx), Keras (.keras, .h5) or TensorFlow.js (model.json).',
  },
} as const satisfies Record<string, ForeignFormat>;

/** A kind of file that is recognised but not read. */
export type ForeignKind = keyof typeof foreignFormats;
