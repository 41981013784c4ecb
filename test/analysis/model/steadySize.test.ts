import assert from 'node:assert/strict';

import { SteadySize } from '../../../src/analysis/model/steadySize';

/** A device that prepares itself in so many ms for another size than the last, and takes a ms for an image. */
class Device {
  private last = 0;
  private readonly size = new SteadySize();
  time = 0;
  preparations = 0;

  constructor(private readonly preparation: number) {}

  run(images: number): number {
    const size = this.size.of(images);
    assert.ok(size >= images);
    const time = size + (size === this.last ? 0 : this.preparation);
    this.preparations += Number(size !== this.last);
    this.last = size;
    this.time += time;
    this.size.took(images, size, time);
    return size;
  }
}

describe('the size that batches are filled up to', () => {
  it('is the largest so far', () => {
    const device = new Device(1000);
    assert.deepEqual(
      [4, 8, 3, 1, 9, 2, 9].map((images) => device.run(images)),
      [4, 8, 8, 8, 9, 9, 9],
    );
  });

  it('becomes that of the largest of late once what was computed for nothing took as long as preparing', () => {
    const device = new Device(20);
    // 6 ms for nothing with each batch of two.
    const sizes = [8, 8, 2, 2, 3, 2, 2, 3, 1].map((images) => device.run(images));
    assert.deepEqual(sizes, [8, 8, 8, 8, 8, 8, 3, 3, 3]);
  });

  it('stays where large batches keep coming between small ones', () => {
    const device = new Device(20);
    for (let i = 0; i < 100; i++) device.run(i % 2 === 0 ? 8 : 1);
    assert.equal(device.preparations, 1);
  });

  it('is given up where it was too large', () => {
    const size = new SteadySize();
    size.of(8);
    size.forget();
    assert.equal(size.of(3), 3);
  });

  it('leaves a run that ends, as batches of fewer and fewer images do, close to what filling up nothing computes', () => {
    const device = new Device(50);
    let useful = 0;
    for (let images = 64; images > 0; images--) {
      for (let turn = 0; turn < 3; turn++) {
        useful += images;
        device.run(images);
      }
    }
    assert.ok(device.preparations < 30, `${device.preparations} preparations`);
    // Preparing for each size would have taken half of it again.
    assert.ok(device.time < 1.35 * useful, `${device.time} ms for ${useful}`);
  });
});
