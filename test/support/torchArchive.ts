import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { type Zippable, zipSync } from 'fflate';

import { floats } from './frameworkCase';

/** The members of a .pt2: JSON as text, bytes as base64. */
export type TorchMembers = Readonly<Record<string, string | { readonly base64: string }>>;

/** An operator with what PyTorch computes. */
export interface TorchCase {
  readonly name: string;
  /** [n, …] */
  readonly shape: readonly number[];
  readonly x: Float32Array;
  /** [n, K] */
  readonly logits: Float32Array;
  /** Of Σ cos(k + 1) logits_k, [n, …]. */
  readonly gradient: Float32Array;
  readonly programs: Readonly<Record<'dynamic' | 'decomposed', TorchMembers>> & {
    /** Decomposed for one image, where `decomposed` leaves the batch open. */
    readonly single?: TorchMembers;
  };
}

type Written = Omit<TorchCase, 'x' | 'logits' | 'gradient'> & Readonly<Record<'x' | 'logits' | 'gradient', string>>;

/** The operators of test/fixtures/torch/operators.py. */
export function torchCases(): readonly TorchCase[] {
  const text = gunzipSync(readFileSync('test/fixtures/torch/operators.json.gz')).toString('utf8');
  return (JSON.parse(text) as readonly Written[]).map((written) => ({
    ...written,
    x: floats(written.x),
    logits: floats(written.logits),
    gradient: floats(written.gradient),
  }));
}

/** The archive with those members, unpacked as torch writes it. */
export function torchArchive(members: TorchMembers, level: 0 | 6 = 0): Uint8Array {
  const content: Zippable = {};
  for (const [name, member] of Object.entries(members)) {
    content[`model/${name}`] = typeof member === 'string' ? Buffer.from(member) : Buffer.from(member.base64, 'base64');
  }
  return zipSync({ ...content, 'model/byteorder': Buffer.from('little') }, { level });
}
