import assert from 'node:assert/strict';

import { comparisonTable } from '../../src/reading/comparison';
import { imageTable } from '../../src/reading/images';
import { pairTable } from '../../src/reading/pairs';
import { sorted, type Table } from '../../src/reading/table';
import { verdictInWords, verdictTable } from '../../src/reading/verdicts';
import { sampleReport } from '../support/sampleReport';

const report = sampleReport();
const column = ({ columns, rows }: Table, title: string) => {
  const i = columns.findIndex((candidate) => candidate.title === title);
  return rows.map((row) => row[i]);
};

describe('the tables', () => {
  const tables = [imageTable(report), verdictTable(report), pairTable(report), comparisonTable(report)];

  it('are plain data: a cell for each column of each row, sorted by one of them', () => {
    for (const table of tables) {
      assert.deepEqual(JSON.parse(JSON.stringify(table)), table);
      assert.ok(table.rows.length > 0 && table.rows.every((row) => row.length === table.columns.length));
      assert.ok(table.columns.some(({ title }) => title === table.sortedBy));
      assert.equal(new Set(table.columns.map(({ title }) => title)).size, table.columns.length);
      for (const { text } of table.rows.flat()) assert.doesNotMatch(text, /undefined|null|NaN/);
    }
  });

  it('put the most fragile image first and those without a boundary last, either way', () => {
    const table = imageTable(report);
    const values = (rows: Table['rows']) => column({ ...table, rows }, 'Distance').map(({ value }) => value);
    const ascending = values(table.rows);
    const found = ascending.filter((value) => value !== null);
    assert.ok(found.length < ascending.length);
    assert.deepEqual(
      ascending.slice(0, found.length),
      [...found].sort((a, b) => Number(a) - Number(b)),
    );
    const descending = values(sorted(table.columns, table.rows, 'Distance', true));
    assert.deepEqual(descending.slice(0, found.length), [...found].reverse());
  });

  it('leave out columns that the report has nothing for', () => {
    const { evaluate } = report.analyses;
    const titles = imageTable({ ...report, analyses: { evaluate: evaluate! } }).columns.map(({ title }) => title);
    assert.deepEqual(titles, ['Image', 'Predicted', 'Right?', 'Confidence', 'Runner-up']);
  });

  it('put the least certain image first where no boundary was searched', () => {
    const { evaluate } = report.analyses;
    const table = imageTable({ ...report, analyses: { evaluate: evaluate! } });
    assert.equal(table.caption, 'Images, the least certain first');
    const values = column(table, 'Confidence').map(({ value }) => Number(value));
    assert.ok(new Set(values).size > 1);
    assert.deepEqual(
      values,
      [...values].sort((a, b) => a - b),
    );
  });

  it('name both ends of the curvature where it stands alone; in a whole report they are left to its figures', () => {
    const { curvature } = report.analyses;
    const ends = (one: typeof report) =>
      imageTable(one).columns.flatMap(({ title }) => (/^(Lowest|Highest)$/.test(title) ? [title] : []));
    assert.deepEqual(ends({ ...report, analyses: { curvature: curvature! } }), ['Lowest', 'Highest']);
    assert.deepEqual(ends(report), []);
  });

  it('suggest another label only for an image that looks perturbed', () => {
    const table = verdictTable(report);
    const labels = column(table, 'Suggested label');
    for (const [i, { badge }] of column(table, 'Verdict').entries()) {
      assert.equal(labels[i].value !== null, badge?.verdict === 'perturbed');
    }
  });

  it('tell two models of one name apart', () => {
    const models = ['a/m.onnx', 'b/m.onnx'].map((path) => ({ path, sha256: '' }));
    const compare = { ...report.analyses.compare!, models };
    const titles = comparisonTable({ ...report, analyses: { compare } }).columns.map(({ title }) => title);
    assert.deepEqual(titles.slice(1, 3), ['Predicted by m.onnx (1)', 'Predicted by m.onnx (2)']);
  });
});

describe('a verdict in words', () => {
  const item = report.analyses.detect!.images![0];

  it('has its p-value, or the reason why there is none', () => {
    assert.equal(verdictInWords({ ...item, verdict: 'clean', pValue: 0.5 }).text, 'not flagged, p = 0.50');
    assert.equal(
      verdictInWords({ ...item, verdict: 'undecided', pValue: null, reason: 'too-few-images' }).text,
      'no verdict, calibrated on too few images',
    );
    assert.equal(
      verdictInWords({ ...item, verdict: 'uncalibrated', pValue: null, reason: 'no-calibration' }).text,
      'no verdict, there is no calibration on clean images of this model',
    );
  });
});
