import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

import { addScaled, dot, norm, scale, type Vector } from '../../src/analysis/math/vector';
import type { Classifier } from '../../src/analysis/model/classifier';

/** Dense references in double precision, without any of the methods under test. */

/** Eigenvalues of a symmetric matrix given by rows, descending. */
export function denseEigenvalues(rows: readonly Vector[]): number[] {
  const matrix = new Matrix(rows.map((row) => Array.from(row)));
  return new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues.sort((a, b) => b - a);
}

/** P H P / ‖∇F‖ by rows, and its D − 1 eigenvalues without that of the normal, which is moved out of the way to −1000. */
export async function denseShapeOperator(
  classifier: Classifier,
  z: Vector,
  { label, target }: { label: number; target: number },
): Promise<{ rows: Vector[]; principalCurvatures: number[]; normal: Vector }> {
  const cotangent = new Float64Array(classifier.classes);
  cotangent[target] = 1;
  cotangent[label] = -1;
  const gradient = (await classifier.gradients(z, [cotangent])).gradients[0];
  const normal = scale(gradient, 1 / norm(gradient));
  const project = (v: Vector): Vector => addScaled(v, -dot(normal, v), normal);
  const rows: Vector[] = [];
  for (let j = 0; j < z.length; j++) {
    const axis = new Float64Array(z.length);
    axis[j] = 1;
    const product = await classifier.hessianProduct(z, cotangent, project(axis));
    rows.push(scale(project(product), 1 / norm(gradient)));
  }
  const moved = rows.map((row, i) => addScaled(row, -1000 * normal[i], normal));
  return { rows, normal, principalCurvatures: denseEigenvalues(moved).slice(0, -1) };
}
