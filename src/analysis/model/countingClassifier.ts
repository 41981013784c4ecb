import type { Vector } from '../math/vector';
import type { Classifier, LogitsAndGradients, Smoothness } from './classifier';

/** What a number cost: network passes by kind. A gradient includes its share of a forward pass. */
export interface Cost {
  forwards: number;
  gradients: number;
  hessianProducts: number;
}

/** Returns a cost of nothing. */
export function noCost(): Cost {
  return { forwards: 0, gradients: 0, hessianProducts: 0 };
}

/** Adds `more` to `total`. */
export function addCost(total: Cost, more: Cost): void {
  total.forwards += more.forwards;
  total.gradients += more.gradients;
  total.hessianProducts += more.hessianProducts;
}

/** What was asked of a network: for results that are there, and by tasks that run. */
export class Expense {
  /** For results. */
  readonly cost = noCost();
  private readonly underWay = new Set<Cost>();

  /** What a task finds that asks a classifier, and what it cost. */
  async of<T>(
    classifier: Classifier,
    task: (counted: Classifier) => Promise<T>,
  ): Promise<{ readonly value: T; readonly cost: Cost }> {
    const counted = new CountingClassifier(classifier);
    this.underWay.add(counted.cost);
    try {
      return { value: await task(counted), cost: counted.cost };
    } finally {
      this.underWay.delete(counted.cost);
    }
  }

  /** For results, and by the tasks that run until now. */
  spent(): Cost {
    const spent = { ...this.cost };
    for (const cost of this.underWay) addCost(spent, cost);
    return spent;
  }
}

/** A classifier seen by one task: the same answers, with a count of what the task asked for. */
export class CountingClassifier implements Classifier {
  readonly cost = noCost();
  readonly dimension: number;
  readonly classes: number;
  readonly smoothness: Smoothness;
  readonly stepped: boolean;

  constructor(private readonly classifier: Classifier) {
    this.dimension = classifier.dimension;
    this.classes = classifier.classes;
    this.smoothness = classifier.smoothness;
    this.stepped = classifier.stepped ?? false;
  }

  logits(x: Vector): Promise<Vector> {
    this.cost.forwards++;
    return this.classifier.logits(x);
  }

  gradients(x: Vector, cotangents: readonly Vector[], into?: readonly Vector[]): Promise<LogitsAndGradients> {
    this.cost.forwards++;
    this.cost.gradients += cotangents.length;
    return this.classifier.gradients(x, cotangents, into);
  }

  hessianProduct(x: Vector, cotangent: Vector, v: Vector): Promise<Vector> {
    this.cost.hessianProducts++;
    return this.classifier.hessianProduct(x, cotangent, v);
  }
}
