import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { AnalysisError } from '../../base/errors';
import { isJsonList, isJsonObject, type Json, type JsonObject, parseJson } from '../../files/json';
import { pasted, quotedForPython } from '../pasting';
import { onnxExport } from './torch';

const LARGEST_CONFIG = 2 ** 22;

/** The `config.json` in a folder of Hugging Face's, undefined where there is none. */
async function configIn(folder: string): Promise<JsonObject | undefined> {
  const path = join(folder, 'config.json');
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size > LARGEST_CONFIG) return undefined;
  try {
    const json = parseJson(await readFile(path, 'utf8'), path);
    return isJsonObject(json) ? json : undefined;
  } catch (error) {
    if (error instanceof AnalysisError) return undefined;
    throw error;
  }
}

/** Whether a folder holds a model as Hugging Face's libraries save it. */
export async function isHuggingFaceFolder(folder: string): Promise<boolean> {
  const config = await configIn(folder);
  return config !== undefined && ('model_type' in config || 'architectures' in config || 'architecture' in config);
}

/**
 * What to do with safetensors: weights alone, or, beside a `config.json`, a model of transformers or timm.
 *
 * Run with PyTorch 2.15.0, timm 1.0.31 and transformers 4.57.6.
 *
 * @param path the file, or its folder
 */
export async function safetensorsAdvice(path: string): Promise<string> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  const folder = isFolder ? path : dirname(path);
  const weights = isFolder ? join(path, 'model.safetensors') : path;
  const config = (await configIn(folder)) ?? {};
  const { architecture, architectures, model_type: type, num_classes: classes, pretrained_cfg: trained } = config;
  if (typeof architecture === 'string') {
    const count = typeof classes === 'number' ? `, num_classes=${classes}` : '';
    const created = `timm.create_model(${quotedForPython(architecture)}${count}, checkpoint_path=${quotedForPython(weights)})`;
    return (
      `Its config.json says that it is a ${architecture} of timm. Run:` +
      pasted(['import timm, torch', `model = ${created}.eval()`, onnxExport(weights, imageSize(trained))])
    );
  }
  const [named] = isJsonList(architectures) ? architectures : [];
  const what = typeof named === 'string' ? named : type;
  if (typeof what === 'string') {
    const kind = typeof named === 'string' && typeof type === 'string' ? ` (${type})` : '';
    const said = `Its config.json says that it is a ${what}${kind} of Hugging Face`;
    if (typeof named === 'string' && !named.includes('ImageClassification')) {
      return `${said}, which is no image classifier.`;
    }
    const created = `transformers.AutoModelForImageClassification.from_pretrained(${quotedForPython(folder)})`;
    const size = ['num_channels', 'image_size', 'image_size'].map((field, i) => {
      const extent = config[field];
      return typeof extent === 'number' ? extent : i === 0 ? 3 : 224;
    });
    return (
      `${said}. Run:` + pasted(['import torch, transformers', `model = ${created}.eval()`, onnxExport(weights, size)])
    );
  }
  return (
    'Where the class of the model is defined, run:' +
    pasted([
      'import torch, safetensors.torch',
      'model = ...  # the class that the weights belong to',
      `model.load_state_dict(safetensors.torch.load_file(${quotedForPython(weights)}))`,
      'model.eval()',
      onnxExport(weights),
    ])
  );
}

/** [channels, height, width] by timm's `pretrained_cfg`. */
function imageSize(trained: Json | undefined): readonly number[] | undefined {
  const size = isJsonObject(trained) ? trained['input_size'] : undefined;
  return isJsonList(size) && size.length === 3 && size.every((extent) => typeof extent === 'number') ? size : undefined;
}
