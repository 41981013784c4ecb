import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type MessagePort, Worker } from 'node:worker_threads';

import { AnalysisError } from '../../base/errors';
import type { StoredConstant } from '../../network/storedConstant';
import type { Tensor } from '../backend';
import type { Engine, Session } from '../session';
import { buffersOf, type Freight, loaded } from './freight';
import { Gate } from './gate';
import { type CopyOfLent, type Lent, Loans } from './loans';
import { type Plan, sessionOf } from './plan';

/** Beside the bundle (dist/) or the compiled module; absent where sources run without a build. */
const workerFile = join(__dirname, 'sessionWorker.js');

/** What takes longer at the end of the process is not waited for, ms. */
const longestAnswer = 10_000;

type Weights = ReadonlyMap<string, StoredConstant>;

/** What a session is asked. */
export type Question =
  | { readonly type: 'create'; readonly plan: Plan; readonly weights: Readonly<Record<string, LentTensor>> }
  | ({ readonly type: 'run' } & Freight)
  | { readonly type: 'release' }
  /** By number. */
  | { readonly type: 'giveBack'; readonly weights: readonly number[] }
  | ({ readonly type: 'copy' } & CopyOfLent);

/** Weights that enter each run of a session. */
export interface LentTensor extends Lent {
  readonly shape: readonly number[];
}

/** What the thread is sent; it answers each, in order. */
export interface ToThread {
  readonly call: number;
  readonly session: number;
  readonly question: Question;
}

/** What the thread begins with. */
export interface ThreadData {
  readonly gate: SharedArrayBuffer;
  readonly returned: MessagePort;
}

/** What a question is answered with, by its type. */
export interface Answer {
  /** A run: with what it computed. */
  readonly freight?: Freight;
  /** Of a new session. */
  readonly engine?: Engine | undefined;
  /** Of lent weights, where it has them. */
  readonly copy?: Float32Array<ArrayBuffer> | undefined;
}

/** An answer, or why there is none. */
export interface FromThread extends Answer {
  readonly call: number;
  readonly failure?: { readonly code: AnalysisError['code'] | undefined; readonly message: string };
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
}

/** A thread on which sessions of the process run, one at a time. It keeps the process alive only while it is asked. */
class SessionThread {
  private readonly gate = new Gate();
  private readonly loans = new Loans((question) => {
    if (this.failure !== undefined) throw this.failure;
    return this.ask(0, { type: 'copy', ...question }).then(({ copy }) => copy);
  });
  private readonly worker = new Worker(workerFile, {
    workerData: { gate: this.gate.memory, returned: this.loans.port } satisfies ThreadData,
    transferList: [this.loans.port],
  });
  private readonly pending = new Map<number, Pending>();
  /** Until all that were released so far are, and what they were lent is back. */
  private releasing = Promise.resolve();
  private calls = 0;
  private sessions = 0;
  private failure: Error | undefined;

  constructor() {
    this.worker.unref();
    this.worker.on('message', (message: FromThread) => {
      this.receive(message);
    });
    this.worker.on('error', (error) => {
      this.end(error.message);
    });
    this.worker.on('exit', (code) => {
      this.end(`it ended with code ${code}`);
    });
  }

  get hasEnded(): boolean {
    return this.failure !== undefined;
  }

  /** Nothing more is answered. */
  close(): void {
    this.gate.close();
  }

  /** Holds the caller up until what is being answered is, ms at most; whether it is. */
  wait(longest: number): boolean {
    return this.hasEnded || this.gate.wait(longest);
  }

  async open(plan: Plan, weights: Weights): Promise<Session> {
    const lent = Array.from(weights.values(), ({ elements }) => elements);
    const copies = await this.loans.copiesFrom(lent);
    while (this.loans.areReturning(lent)) await this.releasing;
    const session = ++this.sessions;
    const fed = Array.from(weights, ([name, { elements, shape }]) => {
      return [name, { ...this.loans.lend(elements, copies.get(elements)), shape }] as const;
    });
    const given = fed.flatMap(([, { data }]) => data?.buffer ?? []);
    let areLent = true;
    const takeBack = (): void => {
      const numbers = areLent ? this.loans.release(lent) : [];
      areLent = false;
      this.releasing = this.ask(session, { type: 'giveBack', weights: numbers }).then(() => {
        this.loans.takeBack();
      });
      this.releasing.catch(() => undefined);
    };
    // It is done when all that was asked before is, which nobody need wait for.
    const release = (): void => {
      this.ask(session, { type: 'release' }).catch(() => undefined);
      takeBack();
    };
    const create = { type: 'create', plan, weights: Object.fromEntries(fed) } as const;
    const model = plan.engine === 'onnxruntime' ? [plan.model.buffer] : [];
    let engine: Engine | undefined;
    try {
      ({ engine } = await this.ask(session, create, [...model, ...given]));
    } catch (error) {
      release();
      throw error;
    }
    // It has copies of its own.
    if (plan.engine === 'tensorflow') takeBack();
    /** Those that came back, of runs before; one for each run that there was at a time. */
    const idle: Freight[] = [];
    return {
      run: async (feeds, results) => {
        const going = loaded(feeds, results, idle.pop());
        const { freight } = await this.ask(session, { type: 'run', ...going }, buffersOf(going));
        if (freight === undefined) throw new Error('a run was answered with nothing');
        for (const [name, { data }] of Object.entries(results)) data.set(freight.results[name].data);
        idle.push(freight);
      },
      release: () => {
        release();
        return Promise.resolve();
      },
      ...(engine && { engine }),
    };
  }

  private ask(session: number, question: Question, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const call = this.post(session, question, transfer);
      this.pending.set(call, { resolve, reject });
      this.worker.ref();
    });
  }

  private post(session: number, question: Question, transfer: readonly ArrayBuffer[] = []): number {
    const call = ++this.calls;
    this.worker.postMessage({ call, session, question } satisfies ToThread, transfer);
    return call;
  }

  private receive({ call, failure, ...answer }: FromThread): void {
    const pending = this.pending.get(call);
    this.pending.delete(call);
    if (this.pending.size === 0) this.worker.unref();
    if (failure === undefined) {
      pending?.resolve(answer);
      return;
    }
    // Classes do not survive the way between threads; the code does.
    const { code, message } = failure;
    pending?.reject(code === undefined ? new Error(message) : new AnalysisError(code, message));
  }

  private end(reason: string): void {
    this.failure ??= new AnalysisError('device-lost', `the thread that runs networks was lost: ${reason}`);
    for (const { reject } of this.pending.values()) reject(this.failure);
    this.pending.clear();
  }
}

const threads = new Map<string, SessionThread>();

process.once('exit', () => {
  const end = performance.now() + longestAnswer;
  const all = [...threads.values()];
  for (const thread of all) thread.close();
  const isStuck = !all.every((thread) => thread.wait(Math.max(0, end - performance.now())));
  // Node would wait for it: a card's library that hangs would keep the process, and what it holds of the card.
  if (isStuck) process.kill(process.pid, 'SIGKILL');
});

/**
 * A session on a thread of sessions, to which the plan's model is given away and the weights are lent; on the thread that asks
 * where there are no such threads. One that has ended is followed by another.
 *
 * @param weights what enters each run besides its feeds
 * @param name of the thread; what is on one thread runs in turns
 * @throws AnalysisError 'invalid-input', 'unsupported-op', 'limit-exceeded', 'device-lost'
 */
export async function sessionOnThread(
  plan: Plan,
  weights: Weights = new Map(),
  name: string = plan.engine,
): Promise<Session> {
  let thread = threads.get(name);
  if (thread === undefined || thread.hasEnded) {
    if (!existsSync(workerFile)) return sessionOf(plan, inMemory(weights));
    thread = new SessionThread();
    threads.set(name, thread);
  }
  return thread.open(plan, weights);
}

/** Weights where they are. */
function inMemory(weights: Weights): Record<string, Tensor> {
  const tensors = Array.from(weights, ([name, { data, shape }]) => {
    return [name, { data: data as Float32Array, shape }] as const;
  });
  return Object.fromEntries(tensors);
}
