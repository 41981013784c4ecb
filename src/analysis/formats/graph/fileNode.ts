import { AnalysisError } from '../../base/errors';
import type { NetworkBuilder } from '../../network/builder';
import type { Shape } from '../../network/network';
import { elementCount } from '../../network/shapes';
import type { MergedBatch } from '../batch/mergedBatch';

/** Elements that a node may make of almost nothing: 256 MiB of float32. */
const LARGEST_CONSTANT = 2 ** 26;

/** What every node of one file shares, in whichever format. */
export interface FileReading {
  readonly builder: NetworkBuilder;
  /** The batch size that the file fixes where it is not left open; its trace stands in the shapes of reshapes and the like. */
  readonly fixedBatch: number | null;
  /** Where the batch is in extents that it shares. */
  readonly merged: MergedBatch;
  /** Takes a sentence for the report. */
  readonly note: (sentence: string) => void;
}

/** A node of a file's graph, in whichever format: what it is called, and what may be wrong with it. */
export abstract class FileNode<R extends FileReading = FileReading> {
  readonly builder: NetworkBuilder;

  /** @param label its name in the file */
  constructor(
    readonly op: string,
    readonly label: string,
    readonly reading: R,
  ) {
    this.builder = reading.builder;
  }

  /**
   * An axis counted from the front.
   *
   * @throws AnalysisError 'model-unreadable' where there is no such axis
   */
  axis(axis: number, rank: number): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    throw this.unreadable(`axis ${axis} does not exist in a tensor of rank ${rank}`);
  }

  /**
   * The fixed extent of a shape along an axis.
   *
   * @throws AnalysisError 'unsupported-op' where the axis is the batch
   */
  fixedExtent(shape: Shape, axis: number): number {
    const dim = shape[axis];
    if (dim < 0) throw this.unsupported('it mixes the images of a batch');
    return dim;
  }

  /**
   * The shape, where a constant of it may be made.
   *
   * @throws AnalysisError 'limit-exceeded' where it is too large
   */
  bounded<S extends Shape>(shape: S): S {
    if (shape.every(Number.isInteger) && Math.abs(elementCount(shape)) <= LARGEST_CONSTANT) return shape;
    throw new AnalysisError(
      'limit-exceeded',
      `${this.op} "${this.label}" must make at most ${LARGEST_CONSTANT} elements, got [${shape.join(', ')}].`,
    );
  }

  /** The error for what the file may say but its reader cannot follow. */
  unsupported(reason: string, advice = ''): AnalysisError {
    return new AnalysisError('unsupported-op', `${this.op} "${this.label}": ${reason}. ${advice}`.trimEnd());
  }

  /** The error for what no file may say. */
  unreadable(reason: string): AnalysisError {
    return new AnalysisError('model-unreadable', `${this.op} "${this.label}": ${reason}.`);
  }

  /** An error met in the node with the node's name in it; what breaks on a malformed node is an error of the file. */
  named(error: unknown): AnalysisError {
    const name = `${this.op} "${this.label}"`;
    if (!(error instanceof AnalysisError)) {
      return new AnalysisError('model-unreadable', `${name}: ${String(error)}.`, { cause: error });
    }
    if (error.message.includes(`"${this.label}"`)) return error;
    return new AnalysisError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
