import type { Progress } from '../../protocol/job';
import { facts, modelFacts, ranOn } from '../../reading/about';
import { count, duration, percent } from '../../reading/format';
import type { Job, ModelInUse } from '../job/job';
import { factRows } from './summary';
import { aligned } from './table';

type Row = readonly [name: string, text: string];
type Batches = ModelInUse['statistics']['batches'];

const kindNames: Readonly<Record<Batches[number]['kind'], string>> = {
  logits: 'logits',
  gradients: 'gradients',
  hessianProduct: 'Hessian products',
};

/** What `--verbose` says: what runs on what, each stage with its duration as it ends, and the batches at the end. */
export class Verbose {
  private stage: { readonly name: string; readonly since: number } | undefined;
  private described = false;
  private ended = false;

  /** `cache` is the folder of the artefacts, null for none; `write` gets whole lines. */
  constructor(
    private readonly job: Job,
    private readonly cache: string | null,
    private readonly write: (text: string) => void,
  ) {}

  /** A stage ends where another begins. */
  update({ stage, elapsedMs }: Progress): void {
    if (stage === this.stage?.name) return;
    this.endStage(elapsedMs);
    this.stage = { name: stage, since: elapsedMs };
    if (!this.described && this.job.report()) this.describe();
  }

  /** The last stage, what ran in which batches, and what it cost; nothing where the job had not begun. */
  end(): void {
    const report = this.job.report();
    if (!report || this.ended) return;
    this.ended = true;
    this.endStage(report.manifest.durationMs);
    if (!this.described) this.describe();
    const batches = this.ofEach(({ statistics }) => batchRows(statistics.batches));
    this.write(aligned([...batches, ...factRows(facts(report), ['Computed'])]));
  }

  private endStage(now: number): void {
    if (this.stage) this.write(`${this.stage.name}: ${duration(now - this.stage.since)}\n`);
  }

  private describe(): void {
    this.described = true;
    this.write(aligned([...this.ofEach(modelRows), ['Cache', this.cache ?? 'off']]));
  }

  /** The rows of each model, under its file where there are several. */
  private ofEach(rows: (model: ModelInUse) => Row[]): Row[] {
    const models = this.job.models();
    return models.flatMap((one) => [...(models.length > 1 ? [['File', one.model.path] as const] : []), ...rows(one)]);
  }
}

/** What is known of a model before anything is computed. */
function modelRows({ model, preprocessing, backend }: ModelInUse): Row[] {
  return [
    ...factRows(modelFacts({ model, preprocessing })),
    ['Preprocessing from', preprocessing.source],
    ['Backend', ranOn(backend)],
  ];
}

/** A row for each kind of call that ran; results that were found in the cache ran no batch. */
function batchRows(batches: Batches): Row[] {
  const ran = batches.filter(({ runs }) => runs > 0);
  if (ran.length === 0) return [['Batches', 'none ran']];
  return ran.map(({ kind, cotangents, limit, runs, images, fill }) => [
    `Batches of ${kindNames[kind]}${kind === 'gradients' ? ` (${cotangents})` : ''}`,
    `size ${limit}, ${percent(fill)} full: ${count(images, 'image')} in ${count(runs, 'batch', 'batches')}`,
  ]);
}
