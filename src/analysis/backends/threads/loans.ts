import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

import { AnalysisError } from '../../base/errors';
import type { ConstantData } from '../../network/network';
import type { Borrower, Elements } from '../../network/storedConstant';

type Weights = Float32Array<ArrayBuffer>;

/** Weights as a thread is told of them: by number, and with their elements where it does not have them. */
export interface Lent {
  readonly number: number;
  readonly data?: Weights;
}

/** What the thread sends through its port: weights that it gives back, or a copy of those that it keeps. */
export interface Returned {
  readonly number: number;
  readonly data: Weights;
  readonly isCopy: boolean;
}

/** A copy that the thread is asked for, unless the weights were given back already. */
export interface CopyOfLent {
  readonly number: number;
  /** For who is held up for it: the copy is sent through the port before this is 1. It is the answer otherwise. */
  readonly isAnswered?: Int32Array<SharedArrayBuffer>;
}

interface Loan {
  readonly number: number;
  /** So many are fed them; with none they are on their way back. */
  sessions: number;
  /** Whether another thread has the elements themselves. */
  readonly isCopy: boolean;
}

/** A copy has to wait for the batches that were asked for before it; what takes longer is not waited for, ms. */
const longestCopy = 120_000;

/** What a thread has been lent: it keeps weights while any of its sessions is fed them, and gives them back then. */
export class Loans {
  private readonly loans = new Map<Elements, Loan>();
  private readonly channel = new MessageChannel();
  /** The thread's end. */
  readonly port = this.channel.port2;
  private count = 0;

  /** @param ask asks the thread for a copy, once it has done all that it was asked before; it throws where there is no thread any more */
  constructor(private readonly ask: (question: CopyOfLent) => Promise<Weights | undefined>) {}

  /** Copies of those of these that others have. */
  async copiesFrom(weights: readonly Elements[]): Promise<Map<Elements, ConstantData>> {
    const elsewhere = weights.filter((elements) => elements.isLent && !this.loans.has(elements));
    return new Map(await Promise.all(elsewhere.map(async (elements) => [elements, await elements.copy()] as const)));
  }

  /** Whether some of these are on their way back, and cannot be lent before they are. */
  areReturning(weights: readonly Elements[]): boolean {
    return weights.some((elements) => this.loans.get(elements)?.sessions === 0);
  }

  /**
   * For one more session.
   *
   * @param copy of what another thread has; it is made where it is missing
   */
  lend(elements: Elements, copy?: ConstantData): Lent {
    const known = this.loans.get(elements);
    if (known !== undefined) {
      known.sessions++;
      return { number: known.number };
    }
    const number = ++this.count;
    const isCopy = elements.isLent;
    // Others may have the same elements.
    const data = isCopy ? (copy ?? elements.data.slice()) : elements.lend(this.borrower(number));
    this.loans.set(elements, { number, sessions: 1, isCopy });
    return { number, data: data as Weights };
  }

  /** One session less. Returns the numbers of what the thread is to give back. */
  release(weights: readonly Elements[]): number[] {
    return weights.flatMap((elements) => {
      const loan = this.loans.get(elements);
      return loan !== undefined && --loan.sessions === 0 ? [loan.number] : [];
    });
  }

  /**
   * Takes back what the thread has given back so far.
   *
   * @param wanted number of a copy that was asked for
   * @returns that copy
   */
  takeBack(wanted?: number): Weights | undefined {
    let copy: Weights | undefined;
    for (;;) {
      const received = receiveMessageOnPort(this.channel.port1) as { readonly message: Returned } | undefined;
      if (received === undefined) return copy;
      const { number, data, isCopy } = received.message;
      if (!isCopy) this.end(number, data);
      else if (number === wanted) copy = data;
    }
  }

  private end(ended: number, data: Weights): void {
    for (const [elements, { number, isCopy }] of this.loans) {
      if (number !== ended) continue;
      this.loans.delete(elements);
      if (!isCopy) elements.takeBack(data);
    }
  }

  /** The thread, of what it has under a number; it makes no copy of what was on its way back. */
  private borrower(number: number): Borrower {
    return {
      copyNow: () => {
        const isAnswered = new Int32Array(new SharedArrayBuffer(4));
        this.ask({ number, isAnswered }).catch(() => undefined);
        if (Atomics.wait(isAnswered, 0, 0, longestCopy) === 'timed-out') {
          throw new AnalysisError('device-lost', 'the thread that runs networks does not answer');
        }
        return this.takeBack(number);
      },
      copySoon: async () => {
        const copy = await this.ask({ number });
        this.takeBack();
        return copy;
      },
    };
  }
}
