/**
 * The size that batches are filled up to on a device that prepares itself for every other size than the last: CUDA's
 * convolutions are planned anew, each in a hundredth of a second, and a whole network's in seconds. A size is kept until
 * what was computed for nothing has taken as long as it took to prepare for it.
 */
export class SteadySize {
  private size = 0;
  /** Of the first batch of this size, ms, and of the fastest after it. */
  private first: number | undefined;
  private fastest: number | undefined;
  /** Since the last batch that filled this size: ms of images that nobody asked for, and the most images of a batch. */
  private wasted = 0;
  private most = 0;

  /** The size in which a batch of so many images is run. */
  of(images: number): number {
    if (images > this.size) this.change(images);
    return this.size;
  }

  /**
   * Notes that so many images took so long, ms, in a batch of a size that was given for them.
   *
   * @returns whether the device prepared itself for it, so that the time says nothing of the size
   */
  took(images: number, size: number, time: number): boolean {
    // The last of a size that is no longer run: it was changed from, and to.
    if (size !== this.size) return true;
    const isFirst = this.first === undefined;
    this.note(images, size, time);
    return isFirst;
  }

  private note(images: number, size: number, time: number): void {
    if (this.first === undefined) this.first = time;
    else this.fastest = Math.min(this.fastest ?? Infinity, time);
    if (images === size) {
      this.wasted = this.most = 0;
      return;
    }
    this.most = Math.max(this.most, images);
    if (this.fastest === undefined) return;
    this.wasted += this.fastest * (1 - images / size);
    if (this.wasted > this.first - this.fastest) this.change(this.most);
  }

  /** Where a size was too large. */
  forget(): void {
    this.change(0);
  }

  private change(size: number): void {
    this.first = this.fastest = undefined;
    this.size = size;
    this.wasted = this.most = 0;
  }
}
