import type { Random } from '../../../src/analysis/math/random';

/** Choices that a stream of random numbers makes. */
export class Draws {
  constructor(private readonly random: Random) {}

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** A whole number from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}
