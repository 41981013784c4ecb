import type { Steps } from '../base/steps';
import type { Bytes } from '../files/bytes';
import { fieldNumbers, skeleton } from '../files/protobufSkeleton';
import { decodeModel, type ModelProto, modelType, tensorType } from './onnxProto';

/** The fields of a tensor that hold its elements. */
const fields = fieldNumbers(tensorType, ['floatData', 'int32Data', 'int64Data', 'doubleData', 'uint64Data', 'rawData']);
const raw = tensorType.fields['rawData'].id;

/**
 * Reads an ONNX file but for the elements of tensors of over 64 KiB: those stay in the file, and `stored` says where the
 * tensor is. So what is read does not grow with the weights.
 *
 * @throws Error where the file is not a protocol buffer of that form; AnalysisError 'model-unreadable' where it ends early
 */
export function* decodeSkeleton(file: Bytes): Steps<ModelProto> {
  const bytes = skeleton(file, modelType, { message: tensorType, fields, raw });
  yield;
  const model = decodeModel(bytes);
  yield;
  return model;
}
