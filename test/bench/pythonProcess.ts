import { spawn } from 'node:child_process';
import path from 'node:path';

/** What crosses to Python and back: fields, and bytes beside them. */
export interface Message {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly data: Buffer;
}

/** What is said, and nothing else, where Python or what it needs is missing. */
export class PythonEnded extends Error {}

/** A script in `test/bench/python` that exchanges messages with the bench, as its `channel.py` says. */
export class PythonProcess {
  private readonly child;
  private readonly pieces: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);
  private readonly ended: Promise<never>;

  /** @param python - the interpreter; it must have the packages of `test/bench/python/requirements.txt`. */
  constructor(python: string, script: string, args: readonly string[] = []) {
    const folder = path.resolve('test/bench/python');
    this.child = spawn(python, [path.join(folder, script), ...args], {
      stdio: 'pipe',
      env: { ...process.env, OMP_NUM_THREADS: '2', PYTHONUTF8: '1' },
    });
    this.pieces = this.child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let said = '';
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    this.ended = new Promise((_, reject) => {
      const refuse = (why: string): void => {
        reject(new PythonEnded(`${why}; test/bench/python/requirements.txt says what it needs and how to get it`));
      };
      this.child.once('error', ({ message }) => {
        refuse(message);
      });
      this.child.once('close', (code) => {
        const [, module] = /^ModuleNotFoundError: No module named '(.*)'$/m.exec(said) ?? [];
        refuse(module ? `${python} has no ${module}` : `${said}${python} ${script} ended with ${code ?? 'a signal'}`);
      });
    });
    this.ended.catch(() => undefined);
    // Its end says more than that it no longer reads.
    this.child.stdin.on('error', () => undefined);
  }

  send(fields: Message['fields'], data: Buffer = Buffer.alloc(0)): void {
    const text = Buffer.from(JSON.stringify({ ...fields, bytes: data.length }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    this.child.stdin.write(Buffer.concat([length, text, data]));
  }

  /** The next message. @throws Error where the process ends before. */
  async receive(): Promise<Message> {
    const text = await this.bytes((await this.bytes(4)).readUInt32LE());
    const fields = JSON.parse(text.toString()) as Record<string, unknown> & { bytes: number };
    return { fields, data: await this.bytes(fields.bytes) };
  }

  end(): void {
    this.child.stdin.end();
    this.child.kill();
  }

  private async bytes(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [this.rest];
    for (let length = this.rest.length; length < count; length += pieces.at(-1)?.length ?? 0) {
      const piece = await this.pieces.next();
      if (piece.done === true) return this.ended;
      pieces.push(piece.value);
    }
    const all = Buffer.concat(pieces);
    this.rest = all.subarray(count);
    return all.subarray(0, count);
  }
}
