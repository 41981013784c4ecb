import type { Item, Params } from '../../protocol/analyses';
import type { BackendId } from '../../protocol/words';
import { count } from '../../reading/format';
import type { EstimatorSettings } from '../geometry/detection/classCurvatures';
import { type Measurement, measurement } from '../geometry/detection/measurement';
import { guardedStep, secondDifferenceResolution, uncalibratedStep } from '../geometry/detection/step';
import { verdict, type VerdictBasis } from '../geometry/detection/verdict';
import type { NetworkImage } from '../images/networkImages';
import { seededRandom } from '../math/random';
import type { Study } from '../study/study';
import { type Analysis, type Calibrated, phases } from './analysis';
import { sharedDistances } from './sharedDistances';

/** The points of the draws that are in flight. */
const vectorsOfOneTask = 48;

const judged = phases<'detect'>()
  .phase('calibration', (_study, _params, { learned }) => Promise.resolve(learned?.calibrated ?? null))
  .close(async (study, params, { calibration }) => {
    const { images, sink } = study;
    if (calibration) noteCalibration(study, calibration, params);
    const points = await study.boundaries(images);
    await study.showBoundaries(points);
    const fixed = calibration
      ? calibration.state.settings
      : params.step === undefined
        ? null
        : { ...params, step: params.step };
    const items: Item<'detect'>[] = [];
    await measured(study, params, fixed, (image, { seen, settings }, on) => {
      const basis = calibration && basisFor(calibration, image);
      const { verdict: said, ...by } = verdict(basis, seen, settings, params.falsePositiveRate);
      const { label, margin, rho, rhoStandardError, runnerUp, highestCurvatureLabel, classCurvatures } = seen;
      const item: Item<'detect'> = {
        ...{ name: image.name, label, margin, rho, rhoStandardError },
        ...{ score: by.score, noCurvatureScore: by.noCurvatureScore, pValue: by.pValue },
        verdict: said,
        reason: said === 'uncalibrated' ? 'no-calibration' : by.reason,
        ...{ runnerUp, highestCurvatureLabel, recoveredLabel: by.recoveredLabel },
        classCurvatures: [...classCurvatures],
        target: points.get(image)?.target ?? null,
        distance: points.get(image)?.distance ?? null,
        ...sharedDistances(study, image, points.get(image)),
        step: settings.step,
      };
      items.push(item);
      sink.emit('detect', image.index, { item, on });
    });
    noteLimits(study);
    const count = (said: Item<'detect'>['verdict']): number => items.filter((item) => item.verdict === said).length;
    return {
      summary: {
        n: items.length,
        clean: count('clean'),
        perturbed: count('perturbed'),
        undecided: count('undecided'),
        uncalibrated: count('uncalibrated'),
        search: study.search.level,
      },
    };
  });

/**
 * Whether each image looks perturbed, by the calibration given or made in the same job; numbers without a verdict where
 * there is none. Each with both candidates for the label that it had before.
 *
 * @throws AnalysisError 'invalid-input' where the calibration is of another network.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, Algorithm 2
 */
export const detect: Analysis<'detect'> = {
  ...judged,
  cost: ({ samples }, { images, classes }) => ({
    forwards: images * 2 * samples,
    gradients: images * Math.min(20, classes - 1),
    searches: ['images'],
  }),
  presets: {},
};

interface Seen {
  readonly seen: Measurement;
  readonly settings: EstimatorSettings;
}

/** Every image's measurement, at the calibration's step or, without one, at a step of its own. */
async function measured(
  study: Study,
  { estimator, samples }: Params<'detect'>,
  fixed: EstimatorSettings | null,
  done: (image: NetworkImage, seen: Seen, on: BackendId) => void,
): Promise<void> {
  const { images, seed } = study;
  const settings = fixed && { estimator: fixed.estimator, samples: fixed.samples, step: fixed.step };
  await study.each(
    'Looking for perturbations',
    images,
    ({ content }) => ['detect', seed, content, settings ?? { estimator, samples }],
    vectorsOfOneTask,
    async (image, classifier): Promise<Seen> => {
      const x = Float64Array.from(image.x);
      const random = (purpose: string) => seededRandom(seed, image.content, 'detect', purpose);
      const step = async (): Promise<number> => {
        const resolution = (tried: number) => secondDifferenceResolution(classifier, x, tried, random('resolution'));
        return (await guardedStep(resolution, await uncalibratedStep(classifier, x, random('step')))).step;
      };
      const used = settings ?? { estimator, samples, step: await step() };
      return { seen: await measurement(classifier, x, used, random('draws')), settings: used };
    },
    done,
  );
}

/** The calibration as it would be had it never seen this image. */
function basisFor({ state, heldOut }: Calibrated, { sha256 }: NetworkImage): VerdictBasis {
  return { ...state, detector: heldOut[sha256] ?? state.detector };
}

function noteCalibration({ images, sink }: Study, { state, heldOut }: Calibrated, params: Params<'detect'>): void {
  const { estimator, samples, step } = state.settings;
  if (params.estimator !== estimator || params.samples !== samples || (params.step ?? step) !== step) {
    sink.note(
      `Detection: scores are comparable at the calibration’s settings only, so the estimator is ${estimator}, T = ${samples}, h = ${step.toPrecision(3)}.`,
    );
  }
  const own = new Set(state.imageHashes);
  const known = images.filter(({ sha256 }) => own.has(sha256));
  if (known.length === 0) return;
  const without = known.filter(({ sha256 }) => sha256 in heldOut).length;
  sink.note(
    without === known.length
      ? 'Detection: the images are those of the calibration. Each is judged by a score learned on four fifths of the others, never on itself; whether the score works was judged on all of them.'
      : `Detection: ${known.length} of ${count(images.length, 'image')} ${known.length === 1 ? 'was' : 'were'} in the calibration, too; their p-values say little.`,
  );
}

/** What an alarm means and does not; measured on ten small networks with DeepFool × 1, × 2, × 5, PGD-L2 and FGSM. */
function noteLimits({ sink }: Study): void {
  sink.note(
    'Detection is no protection: measured on ten other small networks, an alarm set to 5 % false alarms caught about 76, 41, 51, 53 and 49 % of DeepFool × 1, × 2, × 5, PGD and FGSM images; ' +
      'it also fires on ambiguous and noisy clean images (66 % of the naturally misclassified ones); saving as 8-bit pixels undoes many × 1 perturbations; ' +
      'somebody who knows the score can get past it.',
  );
}
