import type * as Onnxruntime from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';

import { AnalysisError } from '../../base/errors';
import type { Tensor } from '../backend';
import { imagesOf, mapped, parts, rows, type Session, type Tensors } from '../session';

// Read by the library when it loads, which happens in this file only: without it, onnxruntime keeps an identity of the
// machine and a database of events in the user's cache folder, to be sent to its makers.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/**
 * The library, on the thread that asks.
 *
 * @throws AnalysisError 'invalid-input' where it has no binary for this system
 */
export async function library(): Promise<typeof Onnxruntime> {
  const onnxruntime = await import('onnxruntime-node').catch((cause: unknown) => {
    throw new AnalysisError('invalid-input', `onnxruntime does not load on this system: ${messageOf(cause)}`, {
      cause,
    });
  });
  // What fails is thrown as well; nothing is to reach stderr.
  onnxruntime.env.logLevel = 'fatal';
  return onnxruntime;
}

/** What a session is made of. */
export interface SessionPlan {
  readonly engine: 'onnxruntime';
  /** ONNX, in a buffer of its own. */
  readonly model: Uint8Array<ArrayBuffer>;
  readonly options: InferenceSession.SessionOptions;
  /** How many images, two at least, are run at a time; the whole batch where it is left out. */
  readonly part?: number;
}

/**
 * A session on the thread that asks, which its runs hold up: onnxruntime-node computes on the calling thread.
 *
 * @param weights what enters each run besides its feeds
 * @throws AnalysisError 'unsupported-op', 'limit-exceeded', 'device-lost'
 */
export async function sessionHere(plan: SessionPlan, weights: Readonly<Record<string, Tensor>> = {}): Promise<Session> {
  const onnxruntime = await library();
  const tensor = ({ data, shape }: Tensor) => new onnxruntime.Tensor('float32', data, shape);
  const session = await onnxruntime.InferenceSession.create(plan.model, plan.options).catch(refuse);
  const fixed = mapped(weights, tensor);
  return {
    run: async (feeds, results) => {
      const images = imagesOf(feeds);
      // None smaller than asked, so that no image is alone that was not.
      const count = Math.max(1, Math.floor(images / (plan.part ?? images)));
      for (const [from, to] of parts(images, count)) {
        const part = (tensors: Tensors) => mapped(tensors, (whole) => tensor(rows(whole, from, to)));
        await session.run({ ...part(feeds), ...fixed }, part(results)).catch(refuse);
      }
    },
    release: () => session.release(),
  };
}

/** How the devices' own libraries say that a device has gone, was reset, or will not answer this process any more. */
const lost =
  /device (was |is |has been )?(lost|removed|hung|reset|suspended)|DEVICE_(LOST|REMOVED|HUNG|RESET)|887A000[567]|CUDA failure (46|100|101|214|70\d|71\d|999)\b/i;

function refuse(cause: unknown): never {
  const message = messageOf(cause);
  if (lost.test(message)) throw new AnalysisError('device-lost', `the device was lost: ${message}`, { cause });
  if (/alloc|memory/i.test(message)) {
    throw new AnalysisError(
      'limit-exceeded',
      `onnxruntime ran out of memory; a smaller batch needs less of it. (${message})`,
      { cause },
    );
  }
  throw new AnalysisError('unsupported-op', `onnxruntime cannot run this network: ${message}`, { cause });
}

/** Of CUDA's errors what CUDA says; around it stand the lines of C++ that asked, and the name of the machine. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /CUDA failure \d+: [^;]*/.exec(message)?.[0].trim() ?? message;
}
