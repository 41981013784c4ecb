import type { Failure } from '../../protocol/failure';
import type { Inspection } from '../../protocol/job';
import type { Engine } from '../engine/engine';
import { failureOf } from '../engine/jobFailure';
import { surroundings } from '../files/modelFiles';

/** What the engine says of a file: what it holds, or why it is refused. */
export type Inspected =
  | { readonly inspection: Inspection; readonly failure?: undefined }
  | { readonly failure: Failure; readonly inspection?: undefined };

interface Kept {
  readonly key: string;
  readonly inspected: Promise<Inspected>;
}

/** The engine's inspections, each kept until the file or what lies beside it changes. Only for trusted workspaces. */
export class Inspections {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly engine: Pick<Engine, 'inspect'>) {}

  /** Never rejects. */
  async of(file: string): Promise<Inspected> {
    const key = await surroundings(file);
    const known = this.kept.get(file);
    if (known?.key === key) return known.inspected;
    const inspected = this.engine.inspect(file).then(
      (inspection): Inspected => ({ inspection }),
      (error: unknown): Inspected => ({ failure: failureOf(error) }),
    );
    this.kept.set(file, { key, inspected });
    // A lost engine says nothing of the file: it is asked again.
    void inspected.then(({ failure }) => {
      const ofEngine = failure?.code === 'engine-lost' || failure?.code === 'internal';
      if (ofEngine && this.kept.get(file)?.inspected === inspected) this.kept.delete(file);
    });
    return inspected;
  }

  /** The same, unless it takes longer than this; it goes on then, and is there the next time. */
  async within(file: string, milliseconds: number): Promise<Inspected | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        resolve(undefined);
      }, milliseconds);
    });
    try {
      return await Promise.race([this.of(file), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
