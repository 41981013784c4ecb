import assert from 'node:assert/strict';

import { figuresOf } from '../../webview-ui/figures';
import { assertClose } from '../support/assertClose';
import { drawn, figure, report, traces, values } from '../support/figures';
import { sampleReport } from '../support/sampleReport';

describe('the curvature spectrum', () => {
  it('is drawn over all D − 1 ranks where the network is smooth, falling, with its band around it', () => {
    const smooth = sampleReport({ kinks: false });
    const [band, line] = traces(figure('curvature', 'spectrum', smooth));
    const y = values(line.y);
    assert.equal(y.length, 3071);
    assert.ok(y.every((value, i) => i === 0 || value <= y[i - 1]));
    assert.equal(band.fill, 'toself');
    assert.ok(Math.max(...values(band.y)) >= Math.max(...y) && Math.min(...values(band.y)) <= Math.min(...y));
  });

  it('is not drawn whole where the network has kinks; its ends and the random tangents are', () => {
    const ids = figuresOf('curvature', report).map(({ id }) => id);
    assert.ok(!ids.includes('spectrum'));
    assert.ok(ids.includes('spectrum-ends') && ids.includes('tangent-curvatures'));
  });

  it('shows the most convex directions at the left and the most concave at the right', () => {
    const lines = traces(figure('curvature', 'spectrum-ends')).filter(({ mode }) => mode === 'lines+markers');
    assert.deepEqual(
      lines.map(({ x }) => x),
      [
        [1, 2, 3, 4, 5],
        [-5, -4, -3, -2, -1],
      ],
    );
    assert.ok(values(lines[0].y).every((value) => value > 0) && values(lines[1].y).every((value) => value < 0));
    assert.equal(values(lines[1].y).at(-1), Math.min(...values(lines[1].y)));
  });
});

describe('the robustness curves', () => {
  it('are three, each with its Wilson band, against the relative noise', () => {
    const curves = traces(figure('subspace', 'robustness'));
    const lines = curves.filter(({ showlegend }) => showlegend !== false);
    assert.deepEqual(
      lines.map(({ name }) => name),
      ['shared directions S', 'everything', 'without them S⊥'],
    );
    const { noise, shared } = report.analyses.subspace!.robustness!;
    assert.deepEqual(lines[0].x, noise);
    assert.deepEqual(
      lines[0].y,
      shared.map(({ rate }) => rate),
    );
    const bands = curves.filter(({ fill }) => fill === 'toself');
    assert.deepEqual(
      values(bands[0].y).slice(0, noise.length),
      shared.map(({ low }) => low),
    );
    assert.deepEqual(values(bands[0].y).slice(noise.length), shared.map(({ high }) => high).reverse());
  });

  it('say where 20 % of the labels change, interpolated', () => {
    const rates = [0, 0.1, 0.3].map((rate) => ({ rate, low: rate, high: rate }));
    const robustness = { noise: [0, 0.1, 0.2], shared: rates, orthogonal: rates, uniform: rates };
    const { summary } = figure('subspace', 'robustness', { ...report, analyses: { subspace: { robustness } } });
    assert.match(summary, /shared directions S 0\.15;/);
  });
});

describe('the projections', () => {
  it('stand beside the line of chance and the paper’s numbers', () => {
    const one = figure('subspace', 'projections');
    assertClose([Number(drawn(one).layout.shapes?.[0]?.y0)], [Math.sqrt(200 / 3072)], { rtol: 1e-6 });
    assert.deepEqual(one.table.rows[1].slice(-2), [0.64, 0.6]);
  });
});

describe('the projections of images that lack some kind of perturbation', () => {
  it('are drawn without it', () => {
    const projections = { ...report.analyses.subspace!.projections!, difference: null, imageGradient: null };
    const [bars] = traces(figure('subspace', 'projections', { ...report, analyses: { subspace: { projections } } }));
    assert.deepEqual(bars.x, ['random', 'adversarial']);
  });
});

describe('the paths', () => {
  it('are counted once each: straight, bent or not found', () => {
    const total = traces(figure('paths', 'paths-found'))
      .flatMap(({ y }) => values(y))
      .reduce((a, b) => a + b);
    assert.equal(total, report.analyses.paths!.pairs!.length);
    assert.match(figure('paths', 'paths-found').note ?? '', /never that the region is disconnected/);
  });
});

describe('the sweep of scales', () => {
  it('draws apart what is float32 rounding on most images, and says nothing of its sign', () => {
    const one = figure('curvature', 'scale-sweep');
    const [resolved, rounded] = traces(one);
    assert.deepEqual(resolved.x, [0.2, 0.5, 1, 2, 5, 10]);
    assert.deepEqual(rounded.x, [0.1]);
    assert.deepEqual([rounded.mode, rounded.marker?.symbol], ['markers', 'circle-open']);
    assert.equal(drawn(one).layout.showlegend, true);
    assert.match(one.summary, /At 0\.1 h float32 rounding hides it/);

    const { sweep = [], ...rest } = report.analyses.curvature!;
    const flipped = sweep.map((entry) => (entry.factor === 0.1 ? { ...entry, mean: 1 } : entry));
    const of = (entries: typeof sweep) =>
      figure('curvature', 'scale-sweep', { ...report, analyses: { curvature: { ...rest, sweep: entries } } });
    assert.match(of(flipped).summary, /same at every scale/);
    const older = of(flipped.map(({ factor, step, mean, standardError }) => ({ factor, step, mean, standardError })));
    assert.equal(traces(older).length, 1);
    assert.match(older.summary, /sign depends on the scale/);
  });

  it('is hollow throughout where no scale stands clear of rounding', () => {
    const { sweep = [], ...rest } = report.analyses.curvature!;
    const flat = { ...rest, sweep: sweep.map((entry) => ({ ...entry, resolvedShare: 0 })) };
    const one = figure('curvature', 'scale-sweep', { ...report, analyses: { curvature: flat } });
    assert.deepEqual(
      traces(one).map(({ mode }) => mode),
      ['markers'],
    );
    assert.doesNotMatch(one.summary, /sign/);
  });
});

describe('a cross-section', () => {
  it('lists its classes by share, and the shares add up to 1', () => {
    const { drawing } = figure('slice', 'slice-1');
    if (drawing.kind !== 'map') throw new Error('a cross-section must be a map');
    const shares = drawing.map.classes.map(({ share }) => share);
    assertClose([shares.reduce((a, b) => a + b)], [1], { rtol: 1e-12 });
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => b - a),
    );
    assert.ok(drawing.map.boundaries.length > 0);
  });

  it('is drawn from the closing fields, with the further planes behind', () => {
    const titles = (slice: object) => figuresOf('slice', { ...report, analyses: { slice } }).map(({ title }) => title);
    const { planes: none, title = '', ...map } = report.analyses.slice!;
    assert.equal(none, undefined, 'a single plane leaves nothing for the list');
    const further = { ...map, title: 'Segment 1' };
    assert.deepEqual(titles({ ...map, title, planes: [further] }), [title, 'Segment 1']);
    // Version 0.1.0 had the first plane twice, and its title in the list alone.
    const other = { ...further, labels: map.labels!.map((row) => [...row].reverse()) };
    assert.deepEqual(titles({ ...map, planes: [{ ...map, title }, other] }), [title, 'Segment 1']);
    assert.deepEqual(titles({ ...map }), ['Classification regions on a plane']);
    assert.deepEqual(titles({ planes: [further] }), ['Segment 1'], 'while it is being made');
  });
});
