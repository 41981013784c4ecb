import type { SearchLevel } from '../../../protocol/words';

/** From its value at the first step to the one it tends to, along half a cosine. */
export type Decline = readonly [first: number, last: number];

/** Of the searches that run side by side, the `most` nearest go on, and of these those within `ratio` of the nearest. */
export interface Cut {
  readonly most: number;
  readonly ratio: number;
}

/** Targeted searches side by side. */
export interface Schedule {
  /** S: each step is a gradient of every search that still runs. */
  readonly steps: number;
  /** α: how far a direction turns towards the gradient. */
  readonly turn: Decline;
  /** γ: by how much the radius shrinks once the region is left. */
  readonly shrinkage: Decline;
  /** σ: how far beside a point its gradient is taken, in parts of ‖r‖; at the point itself where it is left out. L2 only. */
  readonly scatter?: Decline;
  /** By the number of steps after which they are made. */
  readonly cuts: Readonly<Partial<Record<number, Cut>>>;
}

/** Searches towards the nearest classes as the network is linearised at the image, at most so many. */
export type TowardsClasses = Schedule & { readonly classes: number };

/** What a search for the nearest boundary point consists of. */
export interface Effort {
  readonly towards: readonly TowardsClasses[];
  /** One after another, from the shortest points found until then, turned away from what led there (restarts.ts). */
  readonly again: readonly (Schedule & Cut)[];
  /** Which of the shortest points are polished, and in how many steps. */
  readonly polished: Cut & { readonly steps: number };
  readonly maximumNorm: TowardsClasses;
}

/**
 * Searches that begin again look at gradients around a point, at first as far from it as the image is: on networks with ReLU and
 * maximum pooling, the gradient at the point itself changes from one linear piece to the next.
 */
const scatter: Decline = [1, 0];

/**
 * The levels of effort. α, γ and cuts were tuned in L2 on a LeNet, a NiN and a MobileNet of 32 × 32 and 28 × 28 pixels, in
 * L∞ on a VGG; `npm run bench -- --tightness` measures them.
 */
export const efforts: Readonly<Record<SearchLevel, Effort>> = {
  quick: {
    towards: [
      {
        ...{ classes: 5, steps: 8, turn: [1, 0.05], shrinkage: [0.2, 0.02] },
        cuts: { 2: { most: 3, ratio: 2 }, 4: { most: 1, ratio: 1 } },
      },
    ],
    again: [],
    polished: { most: 2, ratio: 1.03, steps: 6 },
    maximumNorm: {
      ...{ classes: 3, steps: 24, turn: [1, 0.01], shrinkage: [0.1, 0.003] },
      cuts: { 6: { most: 1, ratio: 1 } },
    },
  },
  standard: {
    towards: [
      {
        ...{ classes: 9, steps: 10, turn: [1, 0.05], shrinkage: [0.2, 0.02] },
        cuts: { 2: { most: 5, ratio: 3 }, 5: { most: 2, ratio: 1.4 } },
      },
    ],
    again: [
      {
        ...{ most: 2, ratio: 1.1, steps: 20, turn: [0.5, 0.01], shrinkage: [0.1, 0.005], scatter },
        cuts: { 10: { most: 1, ratio: 1 } },
      },
      { ...{ most: 1, ratio: 1, steps: 16, turn: [0.5, 0.01], shrinkage: [0.1, 0.005], scatter }, cuts: {} },
    ],
    polished: { most: 2, ratio: 1.03, steps: 6 },
    maximumNorm: {
      ...{ classes: 4, steps: 60, turn: [1, 0.01], shrinkage: [0.1, 0.003] },
      cuts: { 6: { most: 2, ratio: 1.5 }, 16: { most: 1, ratio: 1 } },
    },
  },
  thorough: {
    towards: [
      {
        ...{ classes: 9, steps: 20, turn: [1, 0.05], shrinkage: [0.2, 0.02] },
        cuts: { 5: { most: 7, ratio: 4 }, 12: { most: 5, ratio: 2 } },
      },
      {
        ...{ classes: 4, steps: 20, turn: [0.3, 0.02], shrinkage: [0.1, 0.01] },
        cuts: { 8: { most: 2, ratio: 1.5 } },
      },
    ],
    again: [
      {
        ...{ most: 4, ratio: 1.2, steps: 40, turn: [0.5, 0.003], shrinkage: [0.1, 0.003], scatter },
        cuts: { 16: { most: 2, ratio: 1.1 } },
      },
      ...new Array<Schedule & Cut>(3).fill({
        ...{ most: 2, ratio: 1.1, steps: 40, turn: [0.5, 0.003], shrinkage: [0.1, 0.003], scatter },
        cuts: { 16: { most: 1, ratio: 1 } },
      }),
    ],
    polished: { most: 4, ratio: 1.03, steps: 12 },
    maximumNorm: {
      ...{ classes: 6, steps: 120, turn: [1, 0.01], shrinkage: [0.1, 0.003] },
      cuts: { 10: { most: 3, ratio: 1.5 }, 40: { most: 1, ratio: 1 } },
    },
  },
};

/** The value of a decline before the given one of so many steps. */
export function declined([first, last]: Decline, step: number, steps: number): number {
  return last + ((first - last) * (1 + Math.cos((Math.PI * step) / steps))) / 2;
}

/** Those that a cut lets go on, nearest first. */
export function afterCut<T>(all: readonly T[], { most, ratio }: Cut, distance: (one: T) => number): T[] {
  const sorted = all.toSorted((a, b) => distance(a) - distance(b)).slice(0, most);
  return sorted.filter((one) => distance(one) <= ratio * distance(sorted[0]));
}
