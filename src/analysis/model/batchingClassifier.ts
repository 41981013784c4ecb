import type { Executable } from '../backends/backend';
import { AnalysisError } from '../base/errors';
import { areFinite, type Vector } from '../math/vector';
import { type CallKind, type InputName, inputShape, layouts, type OutputName } from '../network/calls';
import type { Shape } from '../network/network';
import { elementCount } from '../network/shapes';
import type { Classifier, LogitsAndGradients, Smoothness } from './classifier';
import { SteadySize } from './steadySize';

/** What a BatchingClassifier is made of. */
export interface BatchingOptions {
  /** What answers a kind of call; it is asked before each batch, and so keeps what it makes. */
  readonly open: (kind: CallKind, cotangents: number) => Promise<Executable>;
  /** The image's shape without the batch. */
  readonly image: Shape;
  /** K. */
  readonly classes: number;
  readonly smoothness: Smoothness;
  readonly stepped?: boolean;
  /** A fixed batch size instead of the measured one. */
  readonly batch?: number | undefined;
  /** Below so many images a batch takes no less time; 1 where nothing is said. */
  readonly smallestBatch?: number;
  /** The first batch size that is measured; 4 where nothing is said. */
  readonly firstBatch?: number;
  /** Whether batches are filled up to the size of those before; see SteadySize. */
  readonly keepsSize?: boolean | undefined;
  /** The most images that memory allows in one batch, by kind of call. */
  readonly memoryLimit: (kind: CallKind, cotangents: number) => Promise<number>;
  /** What an image of a batch takes while it runs, bytes, by kind of call. */
  readonly bytesOfImage: (kind: CallKind, cotangents: number) => Promise<number>;
  /** The most cotangents of an image that memory allows in one run, where so many are asked; all of them if left out. */
  readonly cotangentLimit?: (cotangents: number) => Promise<number>;
  /** Called where memory did not suffice for so many images after all, and half of them are tried. */
  readonly halved?: (images: number) => void;
}

interface Call {
  readonly x: Vector;
  readonly cotangents: readonly Vector[];
  /** Empty but for Hessian products. */
  readonly direction: Vector;
  /** For the gradients; new ones where there are none. */
  readonly into: readonly Vector[];
  resolve(answer: LogitsAndGradients): void;
  reject(error: unknown): void;
}

/** What the derivatives of a kind of call are called in a message. */
const derivatives = { logits: '', gradients: 'gradients', hessianProduct: 'second derivatives' } as const;

const none: Vector = new Float64Array(0);

/** What a call puts into each input, in order. */
const vectors: Readonly<Record<InputName, (call: Call) => readonly Vector[]>> = {
  x: ({ x }) => [x],
  cotangent: ({ cotangents }) => cotangents,
  direction: ({ direction }) => [direction],
};

/** Calls that one session can answer together, and the batch size found for them. */
interface Queue {
  readonly kind: CallKind;
  readonly cotangents: number;
  readonly calls: Call[];
  limit: number;
  /** The most that memory allows; 0 before it was asked. */
  allowed: number;
  settled: boolean;
  bestRate: number;
  runsAtLimit: number;
  rateAtLimit: number;
  runs: number;
  images: number;
  capacity: number;
  /** What batches are packed into and answered in, by name, used again by later ones once their answers are read. */
  readonly buffers: Buffers[];
  readonly size: SteadySize | undefined;
}

type Buffers = Map<string, Float32Array>;

/** A running session cannot be interrupted, so this bounds how long it works on after a cancel, ms. */
export const longestBatch = 500;

/** Up to so many images in so much time, ms, a larger batch holds nobody up, and saves ways to the backend and back. */
const tiny = { images: 64, time: 5 };

/** Batches given to the backend at once: while it runs one, the next is packed. */
const mostBatches = 2;

/** How full the batches of one kind of call were. */
export interface BatchStatistics {
  readonly kind: CallKind;
  readonly cotangents: number;
  readonly limit: number;
  readonly runs: number;
  readonly images: number;
  /** Share of the chosen batch size that was used. */
  readonly fill: number;
}

/**
 * Answers the calls of all running tasks in batches. A batch starts when every task waits: the event loop has then run
 * dry of microtasks, since tasks await nothing but the classifier. No timers, and no result depends on who shares a batch.
 */
export class BatchingClassifier implements Classifier {
  readonly dimension: number;
  readonly classes: number;
  readonly smoothness: Smoothness;
  readonly stepped: boolean;
  private readonly queues = new Map<string, Queue>();
  private busy = false;
  private failure: unknown;
  /** Batches that the backend has been given and not answered. */
  private readonly running = new Map<Promise<void>, readonly Call[]>();
  /** Time in which the backend made sessions or ran them, ms: what is not in it is our own. */
  private backendTime = 0;
  /** When the backend was last done with a batch. */
  private lastEnd = 0;

  constructor(private readonly options: BatchingOptions) {
    this.dimension = elementCount(options.image);
    this.classes = options.classes;
    this.smoothness = options.smoothness;
    this.stepped = options.stepped ?? false;
  }

  async logits(x: Vector): Promise<Vector> {
    return (await this.ask('logits', x, [])).logits;
  }

  async gradients(x: Vector, cotangents: readonly Vector[], into: readonly Vector[] = []): Promise<LogitsAndGradients> {
    const asked = cotangents.length;
    const parts = Math.ceil(asked / (await this.cotangentLimit(asked))) || 1;
    const size = Math.ceil(asked / parts);
    const answers = await Promise.all(
      Array.from({ length: parts }, (_, i) => {
        const part = <T>(all: readonly T[]): readonly T[] => all.slice(i * size, (i + 1) * size);
        return this.ask('gradients', x, part(cotangents), { into: part(into) });
      }),
    );
    return { logits: answers[0].logits, gradients: answers.flatMap(({ gradients }) => gradients) };
  }

  async hessianProduct(x: Vector, cotangent: Vector, v: Vector): Promise<Vector> {
    const { gradients } = await this.ask('hessianProduct', x, [cotangent], { direction: v });
    return gradients[0];
  }

  /** Rejects what waits, what is being answered and everything asked from now on, e.g. with AnalysisError 'cancelled'. */
  stop(reason: unknown): void {
    this.failure = reason;
    for (const calls of this.running.values()) for (const call of calls) call.reject(reason);
    for (const queue of this.queues.values()) {
      for (const call of queue.calls.splice(0)) call.reject(reason);
    }
  }

  /** What a batch of so many images takes while it runs, bytes, cut to what memory allows. */
  async bytesOf(kind: CallKind, cotangents: number, images: number): Promise<number> {
    const { memoryLimit, bytesOfImage, batch } = this.options;
    const c = await this.cotangentLimit(cotangents);
    return Math.min(batch ?? images, await memoryLimit(kind, c)) * (await bytesOfImage(kind, c));
  }

  /** What the batches were like so far. */
  statistics(): { readonly batches: readonly BatchStatistics[]; readonly backendTime: number } {
    const batches = [...this.queues.values()].map(({ kind, cotangents, limit, runs, images, capacity }) => {
      return { kind, cotangents, limit, runs, images, fill: capacity > 0 ? images / capacity : 1 };
    });
    return { batches, backendTime: this.backendTime };
  }

  private ask(
    kind: CallKind,
    x: Vector,
    cotangents: readonly Vector[],
    { direction = none, into = [] }: Partial<Pick<Call, 'direction' | 'into'>> = {},
  ): Promise<LogitsAndGradients> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(this.failure instanceof Error ? this.failure : new Error('stopped'));
        return;
      }
      const call: Call = { x, cotangents, direction, into, resolve, reject };
      this.queue(kind, cotangents.length).calls.push(call);
      if (!this.busy) {
        this.busy = true;
        setImmediate(() => void this.drain());
      }
    });
  }

  private queue(kind: CallKind, cotangents: number): Queue {
    const key = `${kind}/${cotangents}`;
    let queue = this.queues.get(key);
    if (!queue) {
      const fixed = this.options.batch;
      const state = { bestRate: 0, runsAtLimit: 0, rateAtLimit: 0, runs: 0, images: 0, capacity: 0 };
      const limit = fixed ?? this.options.firstBatch ?? 4;
      queue = {
        kind,
        cotangents,
        calls: [],
        limit,
        allowed: 0,
        settled: fixed !== undefined,
        ...state,
        buffers: [],
        size: this.options.keepsSize === true ? new SteadySize() : undefined,
      };
      this.queues.set(key, queue);
    }
    return queue;
  }

  /** Runs batches, the fullest queue first, until no task asks for anything more. */
  private async drain(): Promise<void> {
    for (;;) {
      let fullest: Queue | undefined;
      for (const queue of this.queues.values()) {
        if (queue.calls.length > (fullest?.calls.length ?? 0)) fullest = queue;
      }
      if (!fullest && this.running.size === 0) break;
      if (fullest?.allowed === 0) {
        await this.allow(fullest);
      } else if (fullest && this.takesMore(fullest)) {
        // Cut off at once: a call holds its point and its answer, and a queue may not run empty for hours.
        const calls = fullest.calls.splice(0, fullest.limit);
        const batch: Promise<void> = this.runBatch(fullest, calls).finally(() => this.running.delete(batch));
        this.running.set(batch, calls);
      } else {
        await Promise.race(this.running.keys());
        // Let the answered tasks run until every one of them waits again.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    this.busy = false;
  }

  /** Asks what memory allows, for which the network of a kind of call is made: others have their turns meanwhile. */
  private async allow(queue: Queue): Promise<void> {
    try {
      queue.allowed = await this.options.memoryLimit(queue.kind, queue.cotangents);
      queue.limit = Math.min(queue.limit, queue.allowed);
    } catch (error) {
      for (const call of queue.calls.splice(0)) call.reject(error);
    }
  }

  /** The most cotangents of an image that are asked for in one run. */
  private cotangentLimit(cotangents: number): number | Promise<number> {
    return this.options.cotangentLimit?.(cotangents) ?? cotangents;
  }

  /** Whether the backend is to be given a batch: a second one only where it is full, and no longer measured. */
  private takesMore({ calls, limit, settled }: Queue): boolean {
    if (this.running.size === 0) return true;
    return settled && calls.length >= limit && this.running.size < mostBatches;
  }

  private async runBatch(queue: Queue, calls: readonly Call[]): Promise<void> {
    const buffers = queue.buffers.pop() ?? new Map<string, Float32Array>();
    // As it is now: another batch may change it before this one is answered.
    const { limit } = queue;
    let isOpen = false;
    try {
      const opening = performance.now();
      const executable = await this.options.open(queue.kind, queue.cotangents);
      isOpen = true;
      const size = queue.size?.of(calls.length) ?? calls.length;
      const feeds = this.pack(queue, calls, size, buffers);
      const start = performance.now();
      const answers = await executable.run(feeds, (name, length) => buffer(buffers, `result ${name}`, length));
      const end = performance.now();
      // A backend that is given two batches runs one after the other.
      const time = end - Math.max(start, this.lastEnd);
      this.backendTime += end - Math.max(opening, this.lastEnd);
      this.lastEnd = end;
      const isPreparing = queue.size?.took(calls.length, size, time) ?? false;
      queue.runs++;
      queue.images += calls.length;
      queue.capacity += limit;
      if (calls.length === limit && !queue.settled) {
        this.adapt(queue, time);
      } else if (time > 2 * longestBatch && !isPreparing) {
        queue.limit = Math.min(queue.limit, this.half(limit));
        queue.size?.forget();
      }
      this.answer(queue, calls, answers);
    } catch (error) {
      const isTooMuch = isOpen && error instanceof AnalysisError && error.code === 'limit-exceeded';
      if (isTooMuch && calls.length > 1 && this.failure === undefined) {
        // What is left of the memory is not known: half of it is tried, and no more than that from now on.
        queue.limit = Math.min(queue.limit, Math.ceil(calls.length / 2));
        queue.settled = true;
        queue.size?.forget();
        queue.calls.unshift(...calls);
        this.options.halved?.(calls.length);
      } else {
        for (const call of calls) call.reject(error);
      }
    } finally {
      queue.buffers.push(buffers);
    }
  }

  /** Half a batch, but never so few that they take no less time. */
  private half(limit: number): number {
    return Math.max(this.options.smallestBatch ?? 1, Math.ceil(limit / 2));
  }

  /** Doubles the batch while it is tiny or throughput rises by 10 %, a batch stays short, and memory allows it. */
  private adapt(queue: Queue, time: number): void {
    queue.rateAtLimit = Math.max(queue.rateAtLimit, queue.limit / time);
    // The first run of a size pays for memory and warm-up; the second counts.
    if (++queue.runsAtLimit < 2) return;
    const faster = queue.rateAtLimit > 1.1 * queue.bestRate;
    const next = 2 * queue.limit;
    const isTiny = next <= tiny.images && 2 * time < tiny.time;
    if (!(faster || isTiny) || next > queue.allowed || 2 * time > longestBatch) queue.settled = true;
    else queue.limit = next;
    queue.bestRate = Math.max(queue.bestRate, queue.rateAtLimit);
    queue.runsAtLimit = 0;
    queue.rateAtLimit = 0;
  }

  private pack(
    { kind, cotangents }: Queue,
    calls: readonly Call[],
    size: number,
    buffers: Buffers,
  ): Parameters<Executable['run']>[0] {
    const { image } = this.options;
    const extents = { image, classes: this.classes, cotangents };
    const feeds = layouts[kind].inputs.map((name) => {
      const shape = [size, ...inputShape(kind, name, extents)];
      const data = buffer(buffers, name, elementCount(shape));
      let at = 0;
      for (const call of calls) {
        for (const vector of vectors[name](call)) {
          data.set(vector, at);
          at += vector.length;
        }
      }
      return [name, { data, shape }] as const;
    });
    return Object.fromEntries(feeds);
  }

  private answer(queue: Queue, calls: readonly Call[], outputs: Partial<Record<OutputName, Float32Array>>): void {
    const { dimension: d, classes: k } = this;
    const c = queue.cotangents;
    const { derivative } = layouts[queue.kind];
    const values = derivative && outputs[derivative];
    calls.forEach((call, i) => {
      const logits = new Float64Array(outputs.logits?.subarray(i * k, (i + 1) * k) ?? []);
      const gradients = call.cotangents.map((_, j) => {
        const gradient = j < call.into.length ? call.into[j] : new Float64Array(values === undefined ? 0 : d);
        if (values) gradient.set(values.subarray((i * c + j) * d, (i * c + j + 1) * d));
        return gradient;
      });
      const wrong = [['logits', [logits]] as const, [derivatives[queue.kind], gradients] as const].find(
        ([, vectors]) => !vectors.every(areFinite),
      );
      if (wrong) {
        call.reject(
          new AnalysisError(
            'invalid-input',
            `the network’s ${wrong[0]} must be finite numbers, got NaN or infinity; check the preprocessing and the weights`,
          ),
        );
        return;
      }
      call.resolve({ logits, gradients });
    });
  }
}

/** The array of this name, of this length. */
function buffer(buffers: Buffers, name: string, length: number): Float32Array {
  let array = buffers.get(name);
  if (!array || array.length < length) {
    array = new Float32Array(length);
    buffers.set(name, array);
  }
  return array.subarray(0, length);
}
