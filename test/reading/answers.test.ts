import assert from 'node:assert/strict';

import type { Section } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import { answers, openings } from '../../src/reading/answers';
import { imageDetail } from '../../src/reading/detail';
import { caught, detectability } from '../../src/reading/detectability';
import { chapter } from '../../src/reading/findings';
import { nearestPairs } from '../../src/reading/nearest';
import { brokenPremises } from '../../src/reading/premises';
import { readingOf, tabsOf } from '../../src/reading/tabs';
import { sampleReport } from '../support/sampleReport';

const report = sampleReport();
const { evaluate, boundary, calibration, compare, detect } = report.analyses;
const of = (analyses: Report['analyses']): Report => ({ ...report, analyses });
const texts = (one: Report): string[] => answers(one).map(({ text }) => text);

/** Four images, their nearest classes and distances as shares of the norm. */
function four(shares: readonly (number | null)[]): Section<'boundary'> {
  const images = shares.map((relativeDistance, i) => ({
    ...boundary!.images![0],
    ...{ name: `${i}.png`, label: i === 3 ? 1 : 9, target: i === 2 ? 4 : 7, distance: 1, relativeDistance },
  }));
  return { images, summary: { ...boundary!.summary!, n: images.length, median: 1 } };
}

describe('what a report says first', () => {
  it('is how many are right, how much change flips them, and what is most confused', () => {
    const summary = { n: 100, labelled: 100, accuracy: 0.99 };
    const { manifest } = report;
    const digits = { ...manifest, model: { ...manifest.model, classes: '0 1 2 3 4 5 6 7 8 9'.split(' ') } };
    assert.deepEqual(
      texts({
        ...of({ evaluate: { ...evaluate!, summary }, boundary: four([0.1, 0.12, 0.16, 0.3]) }),
        manifest: digits,
      }),
      [
        '99 of 100 right.',
        'Half of the images flip if 14 % of their norm changes.',
        'Most confused: 9 → 7, nearest for 2 of 3.',
      ],
    );
  });

  it('speaks of a single image as of one, and sees no pattern in it', () => {
    const one = of({ boundary: four([0.0003]) });
    assert.deepEqual(texts(one), ['The image flips if 0.03 % of its norm changes.']);
    assert.match(chapter('boundary', one)?.findings[0]?.text ?? '', /^The image lies within 1 of the boundary/);
  });

  it('speaks of the images whose boundary was found alone, where there are others', () => {
    assert.match(
      texts(of({ boundary: four([0.02, null, 0.04, 0.06]) }))[0],
      /^Half of the 3 images whose boundary was found flip if 4 %/,
    );
  });

  it('is which of two models needs the larger change, with both models’ values, and nothing where images do not tell', () => {
    assert.match(texts(of({ compare: compare! }))[0], /^resnet8-robust\.onnx needs 1\.3 × the change/);
    const differences = compare!.differences!.map((row) => ({ ...row, low: -1, high: 31 }));
    assert.match(texts(of({ compare: { ...compare!, differences } }))[0], /do not tell/);
  });

  it('is at most three sentences, each of which leads to a tab that there is', () => {
    for (const analyses of [
      report.analyses,
      { detect: detect! },
      { calibration: calibration! },
      { subspace: report.analyses.subspace! },
    ]) {
      const found = answers(of(analyses));
      assert.ok(found.length > 0 && found.length <= 3);
      for (const { tab } of found) assert.ok(tabsOf(readingOf(of(analyses))).includes(tab));
    }
  });

  it('names what it does not say yet while the report is being made', () => {
    const manifest = { ...report.manifest, state: 'running' as const, settings: { evaluate: {}, boundary: {} } };
    const open = openings(readingOf({ ...report, manifest, analyses: { evaluate: evaluate! } }));
    assert.deepEqual(
      open.map(({ answer }) => answer !== undefined),
      [true, false, false],
    );
  });
});

describe('the class beyond the boundary', () => {
  it('is counted by pair, the most frequent first', () => {
    const pairs = nearestPairs(of({ boundary: four([0.1, 0.2, 0.3, 0.4]) }));
    assert.deepEqual(
      pairs.map(({ label, target, images, of: all }) => [label, target, images, all]),
      [
        [9, 7, 2, 3],
        [9, 4, 1, 3],
        [1, 7, 1, 1],
      ],
    );
  });
});

describe('whether perturbed images can be told', () => {
  const combined = { ...calibration!.scores!.combined, threshold: 1, falsePositiveRate: 0.04 };
  const at = (...shares: number[]): Section<'calibration'> => {
    const perturbed = shares.map((share) => Array.from({ length: 100 }, (_, i) => (i < 100 * share ? 2 : 0)));
    return {
      ...calibration!,
      alpha: shares.map((_, i) => i + 1),
      scores: { ...calibration!.scores!, combined: { ...combined, perturbed } },
    };
  };

  it('is yes, only tiny changes or no, by the strengths at which at least half is caught', () => {
    assert.equal(detectability(at(1, 0.6, 0.5))!.answer, 'yes');
    assert.equal(detectability(at(1, 0.24, 0.36))!.answer, 'only tiny changes');
    assert.equal(detectability(at(0.02, 0.02))!.answer, 'no');
    assert.equal(detectability({ ...at(1), worksHere: false, reason: 'too-few-images' })!.answer, 'not known');
    assert.equal(detectability({ ...at(1), worksHere: false, reason: 'no-signal' })!.answer, 'no');
  });

  it('says the shares and the false alarms, and never that a score works which catches nothing', () => {
    assert.match(
      detectability(at(1, 0.24))!.text,
      /catches 100 and 24 % of images perturbed by 1 and 2 ×.* false alarm on 4 %/,
    );
    assert.doesNotMatch(detectability(at(0.02))!.text, /works|can be told/);
  });

  it('reads what a score without samples catches from its ROC curve, at its own false-alarm rate', () => {
    const bare = { ...combined };
    delete bare.perturbed;
    const roc = [{ falsePositiveRate: [0, 0.03, 0.05, 1], truePositiveRate: [0, 0.4, 0.7, 1] }];
    const scores = { ...calibration!.scores!, combined: { ...bare, roc } };
    assert.equal(caught({ ...calibration!, scores }, 'combined', 0), 0.4);
  });
});

describe('the premises', () => {
  const known = { ...report.manifest, preprocessing: { ...report.manifest.preprocessing, source: 'model' as const } };
  const right = (accuracy: number, labelled: number): string[] =>
    brokenPremises({
      ...of({ evaluate: { ...evaluate!, summary: { n: labelled, labelled, accuracy } } }),
      manifest: known,
    });

  it('do not hold where no more is right than by chance, and few images say nothing', () => {
    assert.match(right(0.07, 100)[0], /Only 7 % of 100 images are right/);
    assert.deepEqual(right(0.4, 100), []);
    assert.deepEqual(right(0, 5), []);
  });

  it('are not known where the preprocessing is a guess', () => {
    assert.equal(brokenPremises(of({})).length, 1);
  });
});

describe('what is said of one image', () => {
  it('leads with the units that models share, and leaves those of the input to the rest', () => {
    const { name, relativeDistance } = boundary!.images!.find(({ distance }) => distance !== null)!;
    const { lines, more } = imageDetail(report, name)!;
    const nearest = lines.find((line) => line.name === 'Nearest boundary')!.text;
    assert.ok(nearest.includes(`${Number((100 * relativeDistance!).toFixed(2))} % of its norm`), nearest);
    assert.match(nearest, /in pixels \(0–255\)/);
    assert.ok(lines.every(({ text }) => !text.includes('units of the input')));
    assert.ok(more.some(({ text }) => text.includes('units of the input')));
  });

  it('is nothing of an image that the report does not know', () => {
    assert.equal(imageDetail(report, 'no such image'), undefined);
  });
});
