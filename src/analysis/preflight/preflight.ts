import type { Candidate, Doubt, Preflight, Proposal } from '../../protocol/preflight';
import type { Preprocessing } from '../../protocol/sideFile';
import type { Layout } from '../../protocol/words';
import type { ImageSet, MatchedLabels } from '../images/dataset';
import { formula, networkPicture, pictureSize, planPreprocessing, type PreprocessingPlan } from '../images/preprocess';
import { withPreprocessing } from '../images/sideFile';
import { thumbnail } from '../images/thumbnail';
import { seededRandom } from '../math/random';
import type { Classifier } from '../model/classifier';
import { chanceAgreement, type Standing, standing } from './chance';
import { misfitOf } from './misfit';
import { looksLikeRegression } from './outputs';
import { labelledLead, type Lead, leadOf, ranked, type Tried } from './ranking';
import { colourStatistics, decoded, drawnSample, type Sampled } from './sample';
import { information, rightOf, type Trial, trial } from './trial';
import { type Usual, usualPreprocessings, usualSizes } from './usual';

/** A model and images of which a run would be made. */
export interface Subject {
  readonly classifier: Pick<Classifier, 'logits' | 'classes' | 'dimension'>;
  readonly inputShape: readonly number[];
  readonly layout: Layout;
  /** How a run would prepare the images. */
  readonly plan: PreprocessingPlan;
  /** Whether the model's file, another one or the user says what the plan's numbers are. */
  readonly stated: boolean;
  readonly set: ImageSet;
  readonly labels: MatchedLabels;
  /** Whether anything says that the outputs are scores of classes: a head, names, the user. */
  readonly isClassifier: boolean;
  readonly seed: number;
  readonly sideFile: Preflight['sideFile'];
}

/** How far a look goes, and who hears of it before its end. */
export interface PreflightOptions {
  readonly signal: AbortSignal;
  /** Whether the usual preprocessings are tried: where something is in doubt, by default. */
  readonly ranks?: boolean | 'always';
  /** Called with the images that are shown, as soon as they are read and before anything is judged of them. */
  readonly seen?: (preflight: Preflight) => void;
  /** Called with what is known before candidates are tried, which waits for it. */
  readonly first?: (preflight: Preflight) => Promise<void>;
}

/** Images that are shown. */
const mostShown = 4;
const pictureSide = 96;
/** Inputs that two outputs are watched over. */
const probes = 24;

/**
 * What a model makes of a few of its images as they would be prepared, and whether that gives reason to ask before a run.
 * Where it does, the usual preprocessings are tried on the same images and ranked; one is proposed only where it leads.
 *
 * @throws AnalysisError 'cancelled' after an abort
 */
export async function preflight(subject: Subject, options: PreflightOptions): Promise<Preflight> {
  const { classifier, plan, set, labels, seed } = subject;
  const drawn = drawnSample(set, labels.labels, classifier.dimension, seed);
  const shown = await decoded(drawn.slice(0, mostShown));
  const [others] = await Promise.all([
    decoded(drawn.slice(mostShown)),
    options.seen && asTheyAre(subject, shown).then(({ preflight: first }) => options.seen?.(first)),
  ]);
  options.signal.throwIfAborted();
  const sample = [...shown, ...others];
  const { asIs, told, preflight: unjudged } = await asTheyAre(subject, sample);
  const accuracy = standingOf(asIs.trial, sample, classifier.classes);
  const misfit = accuracy === 'above' ? null : misfitOf(sample, pictureSize(plan));
  const doubts = await doubtsOf(subject, asIs.trial, accuracy, misfit);
  const known: Preflight = { ...unjudged, doubts, misfit };
  const { ranks = true } = options;
  const wanted = ranks === 'always' || (ranks && doubts.some((doubt) => doubt !== 'images'));
  await options.first?.(known);
  if (!wanted || plan.source === 'none' || sample.length === 0) return known;
  const order = ranked(await tried(subject, sample, asIs, options.signal));
  const [best] = order;
  const isConvinced = isConvincing(best, sample, classifier.classes);
  const lead = isConvinced ? leadOf(order) : null;
  // Whichever of those is right that lead together, what is in use is not. Without labels a lead is a hint, which a person may
  // follow; nobody is stopped by it.
  const isBeaten = isConvinced && labelledLead(best.trial, asIs.trial, lead === null ? order.length : 1) !== null;
  return {
    ...known,
    doubts: sorted(isBeaten ? [...doubts, 'better'] : doubts),
    candidates: await Promise.all(order.map((one) => told.candidate(one))),
    proposal: lead && proposalOf(lead),
  };
}

/** What the model makes of a sample as a run would prepare it, of which nothing is judged. */
async function asTheyAre(
  subject: Subject,
  sample: readonly Sampled[],
): Promise<{ readonly asIs: Tried; readonly told: Teller; readonly preflight: Preflight }> {
  const { classifier, plan, stated, sideFile } = subject;
  const asIs: Tried = { name: 'as it is', preprocessing: statedBy(plan), trial: await trial(classifier, sample, plan) };
  const told = new Teller(subject, sample);
  const preflight: Preflight = {
    ...told.facts(asIs.trial),
    current: await told.candidate(asIs),
    ...{ stated, source: plan.source, doubts: [], misfit: null },
    ...{ candidates: [], proposal: null, sideFile },
  };
  return { asIs, told, preflight };
}

const severity: readonly Doubt[] = ['chance', 'better', 'outputs', 'images', 'unstated'];

function sorted(found: readonly Doubt[]): Doubt[] {
  return severity.filter((doubt) => found.includes(doubt));
}

async function doubtsOf(subject: Subject, asIs: Trial, accuracy: Standing, misfit: string | null): Promise<Doubt[]> {
  const { classifier, isClassifier, stated } = subject;
  if (asIs.logits.length === 0) return [];
  const asked = accuracy !== 'above' && !isClassifier && classifier.classes === 2;
  return sorted([
    ...(accuracy === 'chance' ? (['chance'] as const) : []),
    ...(asked && looksLikeRegression(await probed(subject, asIs)) ? (['outputs'] as const) : []),
    ...(misfit !== null ? (['images'] as const) : []),
    ...(stated ? [] : (['unstated'] as const)),
  ]);
}

function standingOf(one: Trial, sample: readonly Sampled[], K: number): Standing {
  const [right, chance] = [rightOf(one), chanceAgreement(sample, one, K)];
  return right === null || chance === null ? 'undecided' : standing(right, labelledOf(one), chance);
}

/** Nothing is proposed that is itself at chance. */
function isConvincing({ trial: best }: Tried, sample: readonly Sampled[], K: number): boolean {
  return rightOf(best) === null || standingOf(best, sample, K) === 'above';
}

/** Outputs for the images, and for blurred patches of random colours where images are few. */
async function probed({ classifier, plan, seed }: Subject, asIs: Trial): Promise<Trial['logits']> {
  const size = pictureSize(plan);
  if (size === null) return asIs.logits;
  const random = seededRandom(seed, 'preflight');
  const patches = Array.from({ length: Math.max(0, probes - asIs.logits.length) }, (_, i): Sampled => {
    const data = Uint8Array.from({ length: 16 * size.channels }, () => Math.floor(256 * random()));
    return { name: `patch ${i}`, label: null, image: { height: 4, width: 4, channels: size.channels, data } };
  });
  return [...asIs.logits, ...(await trial(classifier, patches, plan)).logits];
}

/** The usual preprocessings on the sample; of the best, the usual ways to the network's size; and what a run would use. */
async function tried(subject: Subject, sample: readonly Sampled[], asIs: Tried, signal: AbortSignal): Promise<Tried[]> {
  const { classifier, inputShape, layout, plan } = subject;
  const size = pictureSize(plan);
  if (size === null) return [asIs];
  const kept = keptBy(plan, layout);
  const attempt = async ({ name, preprocessing }: Usual): Promise<Tried> => {
    signal.throwIfAborted();
    const own = planPreprocessing({
      ...{ inputShape, layout, fromModel: null, besideModel: null, insideModel: null, preprocessed: false },
      sideFile: { preprocessing, source: 'option' },
    });
    return { name, preprocessing, trial: await trial(classifier, sample, own) };
  };
  const found: Tried[] = [];
  const usual = usualPreprocessings(size.channels, colourStatistics(sample, size.channels));
  for (const { name, preprocessing } of usual) {
    for (const { name: suffix, preprocessing: place } of layoutsOf(layout, size.channels)) {
      found.push(await attempt({ name: name + suffix, preprocessing: { ...kept, ...preprocessing, ...place } }));
    }
  }
  const resizes = sample.some(
    ({ image }) => !('array' in image) && (image.height !== size.height || image.width !== size.width),
  );
  if (resizes && kept.resize === undefined) {
    const [best] = ranked(found);
    for (const { name, preprocessing } of usualSizes(size.height, size.width).slice(1)) {
      found.push(
        await attempt({ name: `${best.name}, ${name}`, preprocessing: { ...best.preprocessing, ...preprocessing } }),
      );
    }
  }
  const same = (one: Tried): boolean =>
    JSON.stringify(one.trial.plan.preprocessing) === JSON.stringify(plan.preprocessing);
  return found.some(same) ? found : [...found, asIs];
}

/** Where the colours of flat inputs lie, which nothing in the network says. */
function layoutsOf(layout: Layout, channels: number): Usual[] {
  if (layout !== 'flat' || channels === 1) return [{ name: '', preprocessing: {} }];
  return [
    { name: ', planes of colour', preprocessing: { layout: 'nchw' } },
    { name: ', colours of a pixel together', preprocessing: { layout: 'nhwc' } },
  ];
}

/** What a candidate takes over from the plan: the size, where it is not the default. */
function keptBy(plan: PreprocessingPlan, layout: Layout): Preprocessing {
  const size = pictureSize(plan);
  if (plan.source === 'none' || size === null) return {};
  const { resize } = plan.preprocessing;
  const isDefault =
    resize.fit === 'stretch' &&
    resize.interpolation === 'bilinear' &&
    resize.size.join() === `${size.height},${size.width}`;
  const isNeeded = layout === 'flat' && size.height !== size.width;
  return isDefault && !isNeeded ? {} : { resize };
}

/** The plan itself, as a side file would say it. */
function statedBy(plan: PreprocessingPlan): Preprocessing {
  if (plan.source === 'none') return {};
  const { scale, mean, std, channels, layout } = plan.preprocessing;
  const isFlat = plan.inputShape.length === 1;
  return {
    scale,
    ...(mean.some((value) => value !== 0) && { mean: oneWhereAlike(mean) }),
    ...(std.some((value) => value !== 1) && { std: oneWhereAlike(std) }),
    ...(mean.length === 3 && { channels }),
    ...(isFlat && { layout }),
    ...keptBy(plan, isFlat ? 'flat' : layout),
  };
}

function oneWhereAlike(values: readonly number[]): number | number[] {
  return values.every((value) => value === values[0]) ? values[0] : [...values];
}

function labelledOf({ right }: Trial): number {
  return right.filter((one) => one !== null).length;
}

function proposalOf({ over, images, p, twins }: Lead): Proposal {
  return { over: over?.name ?? null, lead: images, p, twins: twins.map(({ name }) => name) };
}

/** Puts trials into the words and pictures that cross processes. */
class Teller {
  private readonly pictures = new Map<string, Promise<string[]>>();

  constructor(
    private readonly subject: Subject,
    private readonly sample: readonly Sampled[],
  ) {}

  facts(asIs: Trial): Pick<Preflight, 'sampled' | 'labelled' | 'outputs' | 'chance' | 'predictions'> {
    const K = this.subject.classifier.classes;
    const predictions = this.sample.map(({ name, label }, i) => ({
      ...{ name, label: label === null ? null : this.className(label) },
      ...this.prediction(asIs, i),
    }));
    const chance = chanceAgreement(this.sample, asIs, K);
    return { sampled: this.sample.length, labelled: labelledOf(asIs), outputs: K, chance, predictions };
  }

  async candidate({ name, preprocessing, trial: one }: Tried): Promise<Candidate> {
    const { plan, shares, predicted, margin } = one;
    const n = Math.max(1, shares.length);
    return {
      ...{ name, preprocessing },
      formula: plan.source === 'none' ? 'arrays as they are' : formula(plan.preprocessing),
      right: rightOf(one),
      confidence: shares.reduce((sum, p, i) => sum + p[predicted[i]] / n, 0),
      variety: new Set(predicted).size,
      information: information(one),
      margin,
      shown: this.sample.slice(0, mostShown).map((_, i) => this.prediction(one, i)),
      pictures: await this.picturesUnder(plan),
      sideFile: withPreprocessing(this.subject.sideFile.text, preprocessing),
    };
  }

  private prediction({ predicted, shares }: Trial, i: number): Candidate['shown'][number] {
    return { predicted: this.className(predicted[i]), confidence: shares[i][predicted[i]] };
  }

  private className(k: number): string {
    return this.subject.labels.classes[k] ?? String(k);
  }

  private picturesUnder(plan: PreprocessingPlan): Promise<string[]> {
    if (plan.source === 'none') return Promise.resolve([]);
    const key = JSON.stringify([plan.preprocessing.resize, plan.preprocessing.channels]);
    const known = this.pictures.get(key) ?? this.drawn(plan);
    this.pictures.set(key, known);
    return known;
  }

  private async drawn(plan: PreprocessingPlan): Promise<string[]> {
    const seen = this.sample.slice(0, mostShown).map(({ image }) => networkPicture(plan, image));
    return Promise.all(seen.filter((picture) => picture !== null).map((picture) => thumbnail(picture, pictureSide)));
  }
}
