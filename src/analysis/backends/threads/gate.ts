const [busy, closed] = [0, 1];

/**
 * Lets a process end only while its thread of sessions answers nothing: a thread that is ended in the midst of onnxruntime's code
 * aborts the process. Both sides have one, on the same memory.
 */
export class Gate {
  private readonly state: Int32Array<SharedArrayBuffer>;

  constructor(readonly memory = new SharedArrayBuffer(8)) {
    this.state = new Int32Array(memory);
  }

  /** Whether the thread may begin an answer, after which it leaves; never once the gate is closed. */
  enter(): boolean {
    Atomics.store(this.state, busy, 1);
    const isOpen = Atomics.load(this.state, closed) === 0;
    if (!isOpen) this.leave();
    return isOpen;
  }

  leave(): void {
    Atomics.store(this.state, busy, 0);
    Atomics.notify(this.state, busy);
  }

  /** Lets nothing in any more. */
  close(): void {
    Atomics.store(this.state, closed, 1);
  }

  /** Holds the caller up until what is in has left, ms at most; whether it has. */
  wait(longest: number): boolean {
    return Atomics.wait(this.state, busy, 1, longest) !== 'timed-out';
  }
}
