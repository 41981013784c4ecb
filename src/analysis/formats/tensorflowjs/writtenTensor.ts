import { AnalysisError } from '../../base/errors';
import { isJsonList, type Json, type JsonObject } from '../../files/json';
import { collectedElements, dataTypeOf, elementsFromBytes, elementTypes } from '../elements';
import type { GraphTensor } from '../tensorflow/graphDef';
import { storedType } from '../tensorflow/storedTypes';

/** What a list that repeats its last number may grow to. */
const LARGEST_REPETITION = 2 ** 20;

/**
 * A constant that is written into the graph itself: as bytes in base64, or as a list whose last number stands for all
 * further ones. Undefined for types that are not kept.
 *
 * @throws AnalysisError 'model-unreadable' where it has not as many numbers as its shape
 */
export function writtenTensor(tensor: JsonObject, shape: readonly number[], node: string): GraphTensor | undefined {
  const { dtype, tensorContent } = tensor;
  const stored = typeof dtype === 'string' ? storedType(dtype) : undefined;
  if (stored === undefined) return undefined;
  const { name, field, convert = Number } = stored;
  const element = elementTypes[name];
  const [type, width] = [dataTypeOf(element), element.bits / 8];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const wrong = (got: number): AnalysisError =>
    new AnalysisError(
      'model-unreadable',
      `TensorFlow.js graph model: the constant of ${node} must have ${count} numbers for its shape [${shape.join(', ')}], ` +
        `got ${got}.`,
    );
  if (!Number.isInteger(count) || count < 0) throw wrong(0);
  if (typeof tensorContent === 'string') {
    const bytes = Buffer.from(tensorContent, 'base64');
    if (bytes.length !== count * width) throw wrong(bytes.length / width);
    return { type, shape, read: () => elementsFromBytes(name, bytes, count) };
  }
  const listed: readonly Json[] = isJsonList(tensor[field]) ? tensor[field] : [];
  const given = listed.map(Number);
  if (given.length > count || (given.length < count && count > LARGEST_REPETITION)) throw wrong(given.length);
  const last = given.at(-1) ?? 0;
  return { type, shape, read: () => collectedElements(element, count, (i) => convert(given[i] ?? last)) };
}
