import assert from 'node:assert/strict';

import { Value } from '@sinclair/typebox/value';

import type { AnalysisName } from '../../src/protocol/analyses';
import { Report } from '../../src/protocol/report';
import { medianOf } from '../../src/reading/nearest';
import { figuresOf } from '../../webview-ui/figures';
import { distanceBins } from '../../webview-ui/figures/distances';
import { decimated, histogram, mostPoints } from '../../webview-ui/figures/marks';
import { assertClose } from '../support/assertClose';
import { drawn, figure, report, traces, values } from '../support/figures';
import { sampleReport } from '../support/sampleReport';
const names = Object.keys(report.analyses) as AnalysisName[];
const all = [report, sampleReport({ kinks: false })].flatMap((one) => names.flatMap((name) => figuresOf(name, one)));

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
