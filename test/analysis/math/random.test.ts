import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { gaussianVector, seededRandom, tangentUnitVector, unitVector } from '../../../src/analysis/math/random';
import { dot, norm, type Vector } from '../../../src/analysis/math/vector';
import { assertClose } from '../../support/assertClose';

describe('seeded random numbers', () => {
  const draw = (...key: (number | string)[]): number[] => Array.from({ length: 50 }, seededRandom(...key));

  it('repeat for the same key', () => {
    assert.deepEqual(draw(7, 3, 'lanczos'), draw(7, 3, 'lanczos'));
  });

  it('differ between seeds, images, purposes and keys that read alike when joined', () => {
    const streams = [draw(0, 1, 'a'), draw(1, 0, 'a'), draw(0, 2, 'a'), draw(0, 1, 'b'), draw(0, 11), draw(0, 1, 1)];
    assert.equal(new Set(streams.flat()).size, 50 * streams.length);
  });

  it('differ for every content, seed and purpose, and for keys whose parts join to the same text', () => {
    const hash = (i: number) => createHash('sha256').update(String(i)).digest('hex');
    const first = new Set<number>();
    const contents = Array.from({ length: 20_000 }, (_, i) => hash(i));
    for (const content of contents)
      for (const purpose of ['noise', 'rho']) first.add(seededRandom(0, content, purpose)());
    assert.equal(first.size, 2 * contents.length); // 53 bits: two alike would be a collision of keys
    const content = hash(0);
    const alike: (number | string)[][] = [
      [0, content, 'rho'],
      [0, content.slice(0, -1), `${content.slice(-1)}rho`],
      [0, `${content}rho`],
      [`0${content}`, 'rho'],
      ['0', content, 'rho'],
      [0, `${content}","rho`],
      [content, 0, 'rho'],
      [0, 'rho', content],
      [0, content.toUpperCase(), 'rho'],
    ];
    assert.equal(new Set(alike.map((key) => seededRandom(...key)())).size, alike.length);
  });

  it('change in half of their bits with one digit of the content', () => {
    const content = createHash('sha256').update('image').digest('hex');
    const word = (text: string): number => Math.floor(seededRandom(0, text, 'rho')() * 2 ** 32);
    let [changed, bits] = [0, 0];
    for (let i = 0; i < content.length; i++) {
      for (const digit of '0123456789abcdef') {
        if (digit === content[i]) continue;
        let difference = word(content) ^ word(content.slice(0, i) + digit + content.slice(i + 1));
        for (bits += 32; difference !== 0; difference &= difference - 1) changed++;
      }
    }
    // Independent bits: 30,720 throws of a coin.
    assertClose([changed / bits], [0.5], { rtol: 0, atol: 4 * Math.sqrt(0.25 / bits) });
  });

  it('are uniform on [0, 1): mean 1/2, variance 1/12, and every bin filled alike', () => {
    const random = seededRandom(1);
    const n = 100_000;
    const bins = new Float64Array(20);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) {
      const u = random();
      assert.ok(u >= 0 && u < 1);
      sum += u;
      squares += u * u;
      bins[Math.floor(u * 20)]++;
    }
    assertClose([sum / n, squares / n], [1 / 2, 1 / 3], { atol: 5 * Math.sqrt(1 / 12 / n) });
    const chiSquared = bins.reduce((total, count) => total + (count - n / 20) ** 2 / (n / 20), 0);
    assert.ok(chiSquared < 43.8, `χ² on 19 degrees of freedom is ${chiSquared}`); // 99.9 % of samples are below
  });

  it('of neighbouring images are uncorrelated', () => {
    const n = 20_000;
    const [a, b] = [seededRandom(0, 1), seededRandom(0, 2)];
    let covariance = 0;
    for (let i = 0; i < n; i++) covariance += (a() - 0.5) * (b() - 0.5);
    assert.ok(Math.abs((12 * covariance) / n) < 4 / Math.sqrt(n));
  });
});

describe('random vectors', () => {
  const meanOfSquares = (samples: number, dimension: number, sample: () => Vector): number[] => {
    const total = new Array<number>(dimension).fill(0);
    for (let s = 0; s < samples; s++) {
      const v = sample();
      for (let i = 0; i < dimension; i++) total[i] += v[i] ** 2 / samples;
    }
    return total;
  };

  it('from the normal distribution have unit variance and fourth moment 3 in every coordinate', () => {
    const v = gaussianVector(100_001, seededRandom(2));
    const moment = (p: number): number => v.reduce((sum, x) => sum + x ** p, 0) / v.length;
    assertClose([moment(1), moment(2), moment(3)], [0, 1, 0], { rtol: 0, atol: 0.05 });
    assertClose([moment(4)], [3], { rtol: 0.05 });
  });

  it('from the sphere of R³ have length 1 and mean square 1/3 in every coordinate', () => {
    const random = seededRandom(3);
    assertClose([norm(unitVector(3, random))], [1], { rtol: 1e-14 });
    assertClose(
      meanOfSquares(20_000, 3, () => unitVector(3, random)),
      [1 / 3, 1 / 3, 1 / 3],
      { rtol: 0.02 },
    );
  });

  it('from the tangent circle at the north pole of R³ have mean squares 1/2, 1/2 and 0', () => {
    const random = seededRandom(4);
    const pole = Float64Array.of(0, 0, 1);
    assertClose(
      meanOfSquares(20_000, 3, () => tangentUnitVector(pole, random)),
      [1 / 2, 1 / 2, 0],
      { rtol: 0.02 },
    );
  });

  it('tangent to a hypersurface are orthogonal to its normal to rounding, also in two dimensions', () => {
    const random = seededRandom(5);
    for (const dimension of [2, 3, 3072]) {
      const normal = unitVector(dimension, random);
      for (let i = 0; i < 20; i++) assert.ok(Math.abs(dot(normal, tangentUnitVector(normal, random))) < 1e-14);
    }
  });
});
