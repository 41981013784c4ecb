import assert from 'node:assert/strict';

import type { AnalysisName, Section } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import { chapter, chapters } from '../../src/reading/findings';
import { baseName } from '../../src/reading/format';
import { headlines } from '../../src/reading/headlines';
import { imageRows } from '../../src/reading/images';
import { sampleReport } from '../support/sampleReport';

const report = sampleReport();
const findings = (analysis: AnalysisName, of: Report): string[] =>
  chapter(analysis, of)!.findings.map(({ text }) => text);
const curvatureSays = (meanCurvature: number, standardError: number) => {
  const curvature: Section<'curvature'> = {
    summary: { ...report.analyses.curvature!.summary!, meanCurvature, standardError },
  };
  return findings('curvature', { ...report, analyses: { curvature } })[0];
};

describe('the findings', () => {
  it('read a positive mean curvature as convex, a negative one as concave', () => {
    assert.match(curvatureSays(0.02, 0.001), /\+0\.02.*convex/);
    assert.match(curvatureSays(-0.02, 0.001), /−0\.02.*concave/);
  });

  it('give the middle of two images as their median, of the distance’s share of the norm and of the gradients', () => {
    const boundary = report.analyses.boundary!;
    const images = boundary.images!.slice(0, 2).map((image, i) => {
      return { ...image, relativeDistance: [0.02, 0.04][i], gradients: [100, 120][i] };
    });
    const summary = { ...boundary.summary!, search: 'standard' as const };
    const [distance, effort] = findings('boundary', { ...report, analyses: { boundary: { images, summary } } });
    assert.match(distance, / \(3 % of the norm of the image\)/);
    assert.match(effort, / with 110 gradients an image at the median/);
  });

  it('read no sign into a mean within its error', () => {
    assert.match(curvatureSays(-0.02, 0.02), /neither convex nor concave/);
  });

  it('say that curvature depends on the scale only for networks with kinks', () => {
    assert.ok(findings('curvature', report).some((sentence) => sentence.includes('has kinks')));
    assert.ok(!findings('curvature', sampleReport({ kinks: false })).some((sentence) => sentence.includes('kinks')));
  });

  it('say beside distances and curvature of a network that rounds its activations what its gradients are', () => {
    const { manifest } = report;
    const stepped = { ...report, manifest: { ...manifest, model: { ...manifest.model, stepped: true as const } } };
    for (const analysis of ['boundary', 'curvature', 'subspace', 'detect'] as const) {
      assert.match(findings(analysis, stepped).at(-1) ?? '', /rounded to integers.*straight-through/);
      assert.deepEqual(findings(analysis, stepped).slice(0, -1), findings(analysis, report));
    }
  });

  it('say in a comparison which of the models rounds its activations, and what that means', () => {
    const compare = report.analyses.compare!;
    const [first, second] = compare.models!;
    const models = [first, { ...second, stepped: true as const }];
    const said = findings('compare', { ...report, analyses: { ...report.analyses, compare: { ...compare, models } } });
    assert.deepEqual(said.slice(0, -2), findings('compare', report));
    const steppedSays = said.slice(-2).join(' ');
    assert.match(
      steppedSays,
      new RegExp(`^${baseName(second.path)}: .*rounded to integers.*straight-through.*curvature`),
    );
    assert.ok(!steppedSays.includes(baseName(first.path)));
  });

  it('say so where the score does not work on a model', () => {
    const calibration = { ...report.analyses.calibration!, worksHere: false, reason: 'no-signal' };
    const said = findings('calibration', { ...report, analyses: { calibration } });
    assert.match(said[0], /cannot be told here: .*no better than chance or the margin alone/);
    assert.match(said[1], /no verdicts/);
  });

  it('say why images have no verdict, and count none as clean', () => {
    const images = report.analyses.detect!.images!.map((item) => ({
      ...item,
      verdict: 'undecided' as const,
      reason: 'too-few-images',
    }));
    const n = images.length;
    const detect = { images, summary: { n, clean: 0, perturbed: 0, undecided: n, uncalibrated: 0 } };
    assert.deepEqual(findings('detect', { ...report, analyses: { detect } }), [
      'No verdicts: calibrated on too few images.',
    ]);
    const none = { images, summary: { n, clean: 0, perturbed: 0, undecided: 0, uncalibrated: n } };
    assert.match(
      findings('detect', { ...report, analyses: { detect: none } }).join(' '),
      /^No verdicts: without a cal/,
    );
  });

  it('tell a paired difference from none by its interval', () => {
    const sentences = findings('compare', report).join(' ');
    assert.match(sentences, /Distance to the boundary: .*; \+15\.3 .*higher in the second/);
    assert.match(sentences, /Confidence: .*no difference that these images show/);
  });

  it('name paths that were not found without calling the regions disconnected', () => {
    assert.match(findings('paths', report).join(' '), /No path found for 1, which does not say that there is none/);
  });

  it('say how finely paths were checked, where the report does', () => {
    assert.match(findings('paths', report).join(' '), /checked at steps of 0\.01 % of the distance/);
    const before = { ...report.analyses.paths };
    delete before.spacing;
    const said = findings('paths', { ...report, analyses: { paths: before } }).join(' ');
    assert.doesNotMatch(said, /checked/);
  });

  it('say at the same threshold in words and in figures that mixtures lose their label', () => {
    const keeping = (high: number): Section<'convexity'> => ({
      fractions: [{ m: 2, inside: 490, total: 500, rate: 0.98, low: 0.96, high }],
    });
    const said = (high: number) => findings('convexity', { ...report, analyses: { convexity: keeping(high) } })[0];
    assert.match(said(0.985), /^The regions are not convex: of the mixtures of 2 images only 98 %/);
    assert.match(said(0.992), /^No sign/);
  });

  it('are in reading order, one chapter an analysis, and hold no undefined, null or NaN', () => {
    const all = chapters(report);
    assert.deepEqual(
      all.map(({ analysis }) => analysis),
      Object.keys(report.analyses),
    );
    for (const { findings: said } of all) {
      assert.ok(said.length > 0);
      for (const { text } of said) assert.doesNotMatch(text, /undefined|null|NaN/);
    }
  });
});

describe('the main numbers', () => {
  it('are those of the sections that exist', () => {
    assert.deepEqual(
      headlines({ ...report, analyses: {} }).map(({ id }) => id),
      ['images'],
    );
    const found = headlines(report);
    assert.ok(found.length >= 7);
    assert.equal(new Set(found.map(({ id }) => id)).size, found.length, 'each has an id of its own');
  });

  it('are given as a number with its unit and as it is read', () => {
    const boundary = report.analyses.boundary!;
    const bare = boundary.images!.map((item) => ({ ...item, relativeDistance: null }));
    const raw = { ...report, analyses: { boundary: { ...boundary, images: bare } } };
    const { value, unit, text } = headlines(raw).find(({ id }) => id === 'median-distance')!;
    assert.equal(value, boundary.summary!.median);
    assert.equal(unit, 'units of the input');
    assert.equal(Number(text), Number(value.toPrecision(3)));
  });

  it('count only images that there is a verdict on', () => {
    const summary = { n: 9, clean: 2, perturbed: 1, undecided: 6, uncalibrated: 0 };
    const called = (of: typeof summary) =>
      headlines({ ...report, analyses: { detect: { images: [], summary: of } } }).find(({ id }) => id === 'perturbed');
    assert.equal(called(summary)?.text, '1 / 3');
    assert.equal(called({ ...summary, n: 6, clean: 0, perturbed: 0 }), undefined);
  });
});

describe('the rows of images', () => {
  it('bring together what three analyses say about one name', () => {
    const rows = imageRows(report);
    assert.equal(rows.length, report.manifest.images.count);
    assert.ok(rows.every(({ evaluate, boundary, curvature }) => evaluate && boundary && curvature));
  });

  it('take right and wrong from whichever analysis knows it', () => {
    const boundary = report.analyses.boundary!;
    assert.equal(imageRows({ ...report, analyses: { boundary } })[0].correct, false);
    const curvature = report.analyses.curvature!;
    assert.equal(imageRows({ ...report, analyses: { curvature } })[0].correct, null);
  });
});
