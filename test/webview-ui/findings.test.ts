import assert from 'node:assert/strict';

import type { Section } from '../../src/protocol/analyses';
import { findings } from '../../webview-ui/findings';
import { headline } from '../../webview-ui/headline';
import { imageRows } from '../../webview-ui/images';
import { sampleReport } from '../support/sampleReport';

const report = sampleReport();
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

  it('read no sign into a mean within its error', () => {
    assert.match(curvatureSays(-0.02, 0.02), /neither convex nor concave/);
  });

  it('say that curvature depends on the scale only for networks with kinks', () => {
    assert.ok(findings('curvature', report).some((sentence) => sentence.includes('has kinks')));
    assert.ok(!findings('curvature', sampleReport({ kinks: false })).some((sentence) => sentence.includes('kinks')));
  });

  it('say so where the score does not work on a model', () => {
    const calibration = { ...report.analyses.calibration!, worksHere: false, reason: 'no-signal' };
    const [first] = findings('calibration', { ...report, analyses: { calibration } });
    assert.match(first, /No verdicts.*no better than chance or the margin alone/);
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
    assert.match(sentences, /Distance to the boundary: \+15\.3 .*higher in the second/);
    assert.match(sentences, /Confidence: .*no difference that these images show/);
  });

  it('hold no undefined, null or NaN', () => {
    for (const name of Object.keys(report.analyses) as (keyof typeof report.analyses)[]) {
      for (const sentence of findings(name, report)) assert.doesNotMatch(sentence, /undefined|null|NaN/);
    }
  });
});

describe('the main numbers', () => {
  it('are those of the sections that exist', () => {
    assert.deepEqual(
      headline({ ...report, analyses: {} }).map(({ name }) => name),
      ['images'],
    );
    assert.ok(headline(report).length >= 7);
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
