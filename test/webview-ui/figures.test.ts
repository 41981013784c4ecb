import assert from 'node:assert/strict';

import { Value } from '@sinclair/typebox/value';
import type { Data, Layout, PlotData } from 'plotly.js-cartesian-dist-min';

import type { AnalysisName } from '../../src/protocol/analyses';
import { Report } from '../../src/protocol/report';
import { medianOf } from '../../src/reading/nearest';
import { figuresOf } from '../../webview-ui/figures';
import { distanceBins } from '../../webview-ui/figures/distances';
import type { Figure } from '../../webview-ui/figures/figure';
import { decimated, histogram, mostPoints } from '../../webview-ui/figures/marks';
import type { Palette } from '../../webview-ui/parts/theme';
import { assertClose } from '../support/assertClose';
import { sampleReport } from '../support/sampleReport';

const palette: Palette = {
  foreground: 'rgb(0, 0, 0)',
  muted: 'rgb(90, 90, 90)',
  background: 'rgb(255, 255, 255)',
  grid: 'rgb(220, 220, 220)',
  series: ['rgb(0, 0, 200)', 'rgb(200, 100, 0)', 'rgb(0, 120, 0)', 'rgb(120, 0, 120)'],
  font: 'sans-serif',
  fontSize: 12,
};
const report = sampleReport();
const names = Object.keys(report.analyses) as AnalysisName[];
const all = [report, sampleReport({ kinks: false })].flatMap((one) => names.flatMap((name) => figuresOf(name, one)));

const figure = (name: AnalysisName, id: string, of: Report = report): Figure => {
  const found = figuresOf(name, of).find((one) => one.id === id);
  assert.ok(found, `${id} must be drawn`);
  return found;
};
const drawn = ({ drawing, id }: Figure): { data: Data[]; layout: Partial<Layout> } => {
  if (drawing.kind !== 'plot') throw new Error(`${id} must be a plot`);
  return drawing.plot(palette);
};
const traces = (one: Figure): Partial<PlotData>[] => drawn(one).data as Partial<PlotData>[];
const values = (list: unknown): number[] => list as number[];

describe('every figure', () => {
  it('comes from a report that the schema allows', () => {
    assert.deepEqual([...Value.Errors(Report, report)], []);
  });

  it('has a title, a summary without undefined or NaN, and a table as wide as its header', () => {
    for (const { id, title, summary, note = '', table } of all) {
      assert.ok(title.length > 10 && summary.length > 10, id);
      assert.doesNotMatch(`${title} ${summary} ${note}`, /undefined|NaN|null/, id);
      assert.ok(table.rows.length > 0, id);
      for (const row of table.rows) assert.equal(row.length, table.columns.length, id);
    }
  });

  it('names the quantity on every axis', () => {
    for (const one of all.filter(({ drawing }) => drawing.kind === 'plot')) {
      const { layout } = drawn(one);
      const axes = Object.entries(layout).filter(([name]) => /^[xy]axis/.test(name));
      assert.ok(axes.length >= 2, one.id);
      for (const [name, axis] of axes as [string, { title?: { text: string }; showticklabels?: boolean }][]) {
        if (axis.showticklabels === false) continue;
        assert.ok((axis.title?.text ?? '') !== '', `${one.id} ${name}`);
      }
    }
  });

  it('holds finite numbers and no more points than can be drawn', () => {
    for (const one of all.filter(({ drawing }) => drawing.kind === 'plot')) {
      for (const { x = [], y = [] } of traces(one)) {
        assert.equal(x.length, y.length, one.id);
        assert.ok(x.length <= mostPoints, one.id);
        for (const value of [...x, ...y] as unknown[]) {
          assert.ok(typeof value === 'string' || Number.isFinite(value), `${one.id} has ${String(value)}`);
        }
      }
    }
  });

  it('tells its series apart without colour: by dash, symbol or hatching', () => {
    for (const one of all.filter(({ drawing }) => drawing.kind === 'plot')) {
      const marks = traces(one)
        .filter(({ showlegend, mode, type }) => showlegend !== false && (type === 'bar' || mode !== undefined))
        .filter(({ name, xaxis }) => name !== undefined && xaxis === undefined)
        .map(({ type, mode, line, marker }) =>
          type === 'bar'
            ? `bar ${String((marker as { pattern?: { shape?: string } }).pattern?.shape)}`
            : mode === 'markers'
              ? `symbol ${String(marker?.symbol)}`
              : `dash ${String(line?.dash)} ${String(line?.width)}`,
        );
      assert.equal(new Set(marks).size, marks.length, `${one.id}: ${marks.join(', ')}`);
    }
  });

  it('has an id of its own', () => {
    const ids = names.flatMap((name) => figuresOf(name, report)).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('is left out while its results are missing', () => {
    for (const name of names) assert.deepEqual(figuresOf(name, { ...report, analyses: { [name]: {} } }), [], name);
    assert.deepEqual(figuresOf('boundary', { ...report, analyses: {} }), []);
  });

  it('names classes and files as plain text, whatever they are called', () => {
    const compare = {
      ...report.analyses.compare!,
      models: [
        { path: '<b>a&b.onnx', sha256: '' },
        { path: 'c.onnx', sha256: '' },
      ],
    };
    const { layout } = drawn(figure('compare', 'distance-pairs', { ...report, analyses: { compare } }));
    assert.match((layout.xaxis?.title as { text: string }).text, /^&lt;b&gt;a&amp;b\.onnx/);
  });
});

describe('the histogram of distances', () => {
  it('counts every image with a boundary point once, between 0 and the largest distance', () => {
    const found = report.analyses.boundary!.images!.filter(({ distance }) => distance !== null);
    const [bars] = traces(figure('boundary', 'distances'));
    assert.equal(
      values(bars.y).reduce((a, b) => a + b),
      found.length,
    );
    assert.match(figure('boundary', 'distances').note ?? '', /2 images .* left out/);
  });

  it('marks the median share of the norm', () => {
    const shares = report.analyses.boundary!.images!.flatMap(({ relativeDistance }) => relativeDistance ?? []);
    const { layout } = drawn(figure('boundary', 'distances'));
    const solid = layout.shapes?.find(({ line }) => line?.dash === 'solid');
    assertClose([Number(solid?.x0)], [medianOf(shares.sort((a, b) => a - b))!], { rtol: 0.05 });
  });
});

describe('the bars of distances', () => {
  it('lead each to its own images, and empty ones nowhere', () => {
    const { picks } = figure('boundary', 'distances');
    const bins = distanceBins(report.analyses.boundary!);
    for (const [i, { from, to, names }] of bins.entries()) {
      assert.deepEqual(picks?.(0, i), names.length > 0 ? { distance: String(i) } : undefined);
      for (const { name, relativeDistance } of report.analyses.boundary!.images!) {
        if (names.includes(name)) assert.ok(relativeDistance! >= from && relativeDistance! <= to);
      }
    }
  });
});

describe('the matrix of nearest classes', () => {
  it('has in each cell as many images as the report, and leads to them', () => {
    const one = figure('boundary', 'nearest-classes');
    const { data } = drawn(one);
    const cells = data.flatMap((row) => (row as { text: string[] }).text);
    const found = report.analyses.boundary!.images!.filter(({ distance }) => distance !== null);
    assert.equal(
      cells.reduce((sum, text) => sum + Number(text), 0),
      found.length,
    );
    const series = data.findIndex((row) => (row as { text: string[] }).text.some((text) => text !== ''));
    const point = (data[series] as { text: string[] }).text.findIndex((text) => text !== '');
    const { predicted, nearest } = one.picks!(series, point)!;
    const chosen = found.filter(({ label, target }) => String(label) === predicted && String(target) === nearest);
    assert.equal(String(chosen.length), (data[series] as { text: string[] }).text[point]);
  });
});

describe('the share that is caught', () => {
  it('is drawn by strength with and without curvature, above the false-alarm rate', () => {
    const one = figure('calibration', 'caught');
    const { layout } = drawn(one);
    const { combined } = report.analyses.calibration!.scores!;
    const share = (values: readonly number[]) =>
      values.filter((value) => value >= combined.threshold).length / values.length;
    assert.deepEqual(values(traces(one)[0].y), combined.perturbed!.map(share));
    assert.deepEqual(
      traces(one).map(({ type }) => type),
      ['bar', 'bar', 'scatter'],
    );
    assert.equal(layout.shapes?.[0]?.y0, combined.falsePositiveRate);
  });

  it('is compared with a line over the whole width that the legend names, also at a single strength', () => {
    const { calibration } = report.analyses;
    for (const alpha of [[1, 2, 5], [2]]) {
      const single = { ...report, analyses: { calibration: { ...calibration, alpha } } };
      const one = figure('calibration', 'caught', single);
      const { layout } = drawn(one);
      assert.equal(layout.annotations, undefined, 'a label would lie over a bar');
      const [line] = layout.shapes ?? [];
      assert.deepEqual([line.xref, line.x0, line.x1], ['paper', 0, 1]);
      const [entry] = traces(one).filter(({ type }) => type === 'scatter');
      assert.equal(entry.name, 'false alarms');
      assert.deepEqual(entry.x, [`× ${alpha[0]}`]);
    }
  });
});

describe('histogram', () => {
  it('has bins that cover the range and counts that add up, also for equal values', () => {
    for (const list of [[1, 2, 3, 4, 100], [5, 5, 5], [0], [-1, 1]]) {
      const { counts, edges, width } = histogram(list);
      assert.equal(
        counts.reduce((a, b) => a + b),
        list.length,
      );
      assert.ok(edges[0] <= Math.min(...list) && edges.at(-1)! >= Math.max(...list) - 1e-12);
      assert.ok(width > 0 && counts.length >= 8 && counts.length <= 40);
    }
  });
});

describe('thinning', () => {
  it('keeps both ends and the order', () => {
    const kept = decimated(100_000, 500);
    assert.equal(kept.length, 500);
    assert.deepEqual([kept[0], kept.at(-1)], [0, 99_999]);
    assert.ok(kept.every((index, i) => i === 0 || index > kept[i - 1]));
  });
});

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

describe('the ROC curves', () => {
  it('are one figure a strength, with and without curvature, on the same axes', () => {
    const rocs = figuresOf('calibration', report).filter(({ id }) => id.startsWith('roc-'));
    assert.deepEqual(
      rocs.map(({ id }) => id),
      ['roc-1', 'roc-2', 'roc-5'],
    );
    for (const roc of rocs) {
      assert.equal(traces(roc).filter(({ showlegend }) => showlegend !== false).length, 2);
      assert.deepEqual(drawn(roc).layout.xaxis?.range, [0, 1]);
    }
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

describe('the recovered labels', () => {
  it('stand with their intervals, or without in reports that have none', () => {
    const one = figure('calibration', 'recovery');
    const [runnerUp] = traces(one);
    const error = runnerUp.error_y as { array: number[]; arrayminus: number[] };
    assertClose(error.array, [0.02, 0.1, 0.09]);
    assertClose(error.arrayminus, [0.06, 0.1, 0.06]);
    assert.deepEqual(one.table.rows[0], [1, 0.97, 0.91, 0.99, 0.36, 0.27, 0.46]);

    const calibration = report.analyses.calibration!;
    const recovery = calibration.recovery!.map(({ alpha, rule, accuracy }) => ({ alpha, rule, accuracy }));
    const older = figure('calibration', 'recovery', {
      ...report,
      analyses: { calibration: { ...calibration, recovery } },
    });
    assert.equal(traces(older)[0].error_y, undefined);
    assert.deepEqual(older.table.rows[0], [1, 0.97, 0.36]);
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

describe('the comparison', () => {
  it('gives every quantity an axis of its own with 0 in its middle', () => {
    const { layout, data } = drawn(figure('compare', 'differences'));
    const axes = ['xaxis', 'xaxis2', 'xaxis3'] as const;
    for (const name of axes) {
      const [low, high] = layout[name]?.range as [number, number];
      assert.equal(low, -high);
    }
    assert.equal(data.length, 3);
  });
});
