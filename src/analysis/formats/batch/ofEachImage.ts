import type { Value } from '../../network/network';
import type { FileNode } from '../graph/fileNode';

/**
 * Values that meet the images of a batch. What a file that fixes its batch holds once for each of its images, a class token or
 * places within the image that were repeated, is taken once.
 */
export function ofEachImage(
  { builder, reading: { fixedBatch } }: Pick<FileNode, 'builder' | 'reading'>,
  values: readonly Value[],
): Value[] {
  const rank = Math.max(...values.map(({ shape }) => shape.length));
  const meetsBatch = values.some(({ shape }) => shape.length === rank && shape[0] === -1);
  if (fixedBatch === null || fixedBatch < 2 || !meetsBatch) return [...values];
  return values.map((value) => {
    if (value.op !== 'Constant' || value.shape.length !== rank || value.shape[0] !== fixedBatch) return value;
    const { data, shape } = value;
    const each = data.length / fixedBatch;
    for (let i = each; i < data.length; i++) if (data[i] !== data[i - each]) return value;
    return builder.constant(data.slice(0, each), [1, ...shape.slice(1)]);
  });
}
