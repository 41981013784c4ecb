import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';

import { library } from '../../src/analysis/backends/onnxruntime/session';
import { plannedSession } from '../../src/analysis/backends/onnxruntime/sessions';
import { readModel } from '../../src/analysis/model/read';
import { NetworkBuilder } from '../../src/analysis/network/builder';
import { networkOf } from '../../src/analysis/network/differentiate';
import { type Network, topologicalOrder, type Value } from '../../src/analysis/network/network';
import { elementCount } from '../../src/analysis/network/shapes';
import { feedsOf, works } from './gradients';

/* Where a network's time goes, by operator, as onnxruntime itself measures it. */

const [threads, repetitions] = [Math.min(2, availableParallelism()), 30];

interface Profile {
  /** ms of a run, by operator; each node counts with its fastest run. */
  readonly operators: ReadonlyMap<string, { readonly time: number; readonly nodes: number }>;
  /** ms of a run. */
  readonly time: number;
}

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

async function profiled(network: Network, batch: number): Promise<Profile> {
  const onnxruntime = await library();
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-profile-'));
  try {
    const { plan, weights } = await plannedSession(network, threads);
    const session = await onnxruntime.InferenceSession.create(plan.model, {
      ...plan.options,
      enableProfiling: true,
      profileFilePrefix: path.join(folder, 'run'),
    });
    const tensors = [...Object.entries(feedsOf(network, batch)), ...weights].map(([name, { data, shape }]) => {
      return [name, new onnxruntime.Tensor('float32', data, shape)] as const;
    });
    const names = Object.keys(network.outputs);
    for (let i = 0; i < repetitions; i++) await session.run(Object.fromEntries(tensors), names);
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    return summed(JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as TraceEvent[]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function summed(events: readonly TraceEvent[]): Profile {
  const nodes = new Map<string, { op: string; time: number }>();
  for (const { cat, name, dur, args } of events) {
    const op = args?.op_name;
    if (cat !== 'Node' || op === undefined || !name.endsWith('_kernel_time')) continue;
    nodes.set(name, { op, time: Math.min(nodes.get(name)?.time ?? Infinity, dur / 1000) });
  }
  const operators = new Map<string, { time: number; nodes: number }>();
  for (const { op, time } of nodes.values()) {
    const known = operators.get(op) ?? { time: 0, nodes: 0 };
    operators.set(op, { time: known.time + time, nodes: known.nodes + 1 });
  }
  return { operators, time: Array.from(operators.values(), ({ time }) => time).reduce((a, b) => a + b) };
}

/** Multiplications and additions of convolutions and matrix products for one image. */
function operations(network: Network): number {
  const of = (value: Value): number => {
    if (!('inputs' in value)) return 0;
    const outputs = Math.abs(elementCount(value.shape));
    const [a, b] = value.inputs;
    if (value.op === 'Conv') return 2 * outputs * elementCount(b.shape.slice(1));
    if (value.op === 'ConvTranspose') return 2 * Math.abs(elementCount(a.shape)) * elementCount(b.shape.slice(1));
    return value.op === 'MatMul' ? 2 * outputs * a.shape[a.shape.length - 1] : 0;
  };
  return topologicalOrder(network).reduce((sum, value) => sum + of(value), 0);
}

/** Operations a ms in the product of two matrices of 1024 × 1024: the most that the machine gives networks. */
async function sgemmPeak(): Promise<number> {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 1024]);
  const logits = b.matMul(x, b.constant(new Float32Array(2 ** 20).fill(0.5), [1024, 1024]));
  const { time } = await profiled({ inputs: { x }, outputs: { logits } }, 1024);
  return 2 ** 31 / time;
}

/** One row an operator for each work: its share of the time, and for the whole the share of the machine's sgemm peak. */
export async function profile(file: string, batch: number): Promise<(string | number)[][]> {
  const { network } = await readModel(file);
  const peak = await sgemmPeak();
  const rows: (string | number)[][] = [];
  for (const [name, kind, cotangents] of works) {
    const made = networkOf(network, kind, cotangents);
    const { operators, time } = await profiled(made, batch);
    const share = (batch * operations(made)) / time / peak;
    rows.push([name, 'all', '', (time / batch).toPrecision(3), `${(100 * share).toFixed(0)} % of sgemm`]);
    for (const [op, own] of [...operators].sort(([, a], [, b]) => b.time - a.time)) {
      const part = own.time / time;
      if (part >= 0.01) {
        rows.push([name, op, own.nodes, (own.time / batch).toPrecision(3), `${(100 * part).toFixed(0)} %`]);
      }
    }
  }
  return rows;
}
