/** Tasks that run one after the other, in the order in which they were given; one that fails stops no other. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.last.then(task);
    this.last = result.catch(() => undefined);
    return result;
  }
}
