import { AnalysisError } from '../../base/errors';
import { ZipArchive } from '../../files/zip';
import { pasted, quotedForPython, renamed } from '../pasting';
import type { ForeignFile } from './file';

/** Of a pickle, how much is searched for names: they stand before the numbers. */
const SEARCHED = 2 ** 20;

const neverUnpickled = 'It is never unpickled, because a pickle can run any code.';

/**
 * The line that exports `model` to ONNX beside a file.
 *
 * @param image channels, height and width, where they are known
 */
export function onnxExport(path: string, image?: readonly number[]): string {
  const line =
    `torch.onnx.export(model, (torch.zeros(1, ${(image ?? [3, 224, 224]).join(', ')}),), ` +
    `${quotedForPython(renamed(path, '.onnx'))}, dynamo=True, dynamic_shapes=({0: torch.export.Dim("batch")},))`;
  return image === undefined ? `${line}  # with the channels, height and width of your images` : line;
}

/**
 * What to do with a pickle of PyTorch: a state dict, a training checkpoint or a whole module, told apart by the names in it,
 * which are searched for and never called.
 *
 * Run with PyTorch 2.15.0, onnx 1.23.2 and onnxscript 0.7.2.
 */
export function torchPickleAdvice(file: ForeignFile): string {
  const pickle = pickledText(file);
  const path = quotedForPython(file.path);
  const named = moduleClass(pickle);
  if (named !== undefined) {
    return (
      `${neverUnpickled} It holds a whole module, ${named}. Where you trust it and its class can be imported, run:` +
      pasted(['import torch', `model = torch.load(${path}, weights_only=False).eval()`, onnxExport(file.path)])
    );
  }
  const key = keyOfWeights(pickle);
  const isLightning = pickle.includes('pytorch-lightning_version');
  const what = isLightning
    ? 'a checkpoint of Lightning, whose weights carry the names of the LightningModule'
    : key === undefined
      ? 'weights without a network'
      : 'a training checkpoint';
  const weights = `torch.load(${path}, weights_only=True)${key === undefined ? '' : `["${key}"]`}`;
  return (
    `${neverUnpickled} It holds ${what}. Where the class of the model is defined, run:` +
    pasted([
      'import torch',
      'model = ...  # the class that the weights belong to',
      `model.load_state_dict(${weights})`,
      'model.eval()',
      onnxExport(file.path),
    ])
  );
}

/** What to do with TorchScript. Run with PyTorch 2.15.0 and onnx 1.23.2. */
export function torchScriptAdvice({ path }: ForeignFile): string {
  return (
    'Its constants are a pickle and its graph is code, which are never run here. Run:' +
    pasted([
      'import torch',
      `model = torch.jit.load(${quotedForPython(path)}).eval()`,
      `torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), ${quotedForPython(renamed(path, '.onnx'))}, dynamo=False, ` +
        'input_names=["input"], dynamic_axes={"input": {0: "batch"}})  # with the channels, height and width of your images',
    ])
  );
}

/** The beginning of a pickle, or of the one in a zip, as text. */
function pickledText({ path, main }: ForeignFile): string {
  const text = (bytes: { readonly size: number; read(offset: number, length: number): Uint8Array }): string =>
    Buffer.from(bytes.read(0, Math.min(bytes.size, SEARCHED))).toString('latin1');
  if (main === undefined) return '';
  if (!text(main).startsWith('PK')) return text(main);
  try {
    const archive = new ZipArchive(main, path);
    const name = archive.names.find((member) => /(^|\/)data\.pkl$/.test(member));
    const pickle = name === undefined ? undefined : archive.member(name);
    return pickle === undefined ? '' : text(pickle);
  } catch (error) {
    if (error instanceof AnalysisError) return '';
    throw error;
  }
}

/** Modules of what state dicts and checkpoints are themselves. */
const ORDINARY = /^(collections|torch\._utils|torch\.storage|builtins|__builtin__|argparse)$/;

/** The class of what is pickled, where it is no dictionary. */
function moduleClass(pickle: string): string | undefined {
  // A pickle begins with \x80 and the number of its protocol; c stands before a class.
  for (const [, module, name] of pickle.matchAll(/\u0080\Wc([A-Za-z_][\w.]*)\n([A-Za-z_][\w.]*)\n/g)) {
    if (!ORDINARY.test(module)) return `${module}.${name}`;
  }
  return undefined;
}

/** The names under which training scripts keep the weights. */
const KEYS = ['state_dict', 'model_state_dict', 'model', 'net', 'module'];

/** Under which of them a pickled dictionary does; undefined where it holds the weights themselves. */
function keyOfWeights(pickle: string): string | undefined {
  return KEYS.find((key) => pickle.includes(`X${String.fromCharCode(key.length)}\0\0\0${key}`));
}
