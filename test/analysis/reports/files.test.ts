import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { decodeNpz } from '../../../src/analysis/images/npy';
import { encodeCsv } from '../../../src/analysis/reports/csv';
import { encodeJson, readReport, writeWhole } from '../../../src/analysis/reports/files';
import { encodeNpz, type OutputArray } from '../../../src/analysis/reports/npz';
import { analysisError } from '../../support/analysisError';
import { sampleReport } from '../../support/sampleReport';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('report files', () => {
  const folder = temporaryFolder();

  it('read back as what was written', async () => {
    const file = path.join(folder(), 'report.json');
    const report = sampleReport();
    await writeWhole(file, encodeJson(report));
    assert.deepEqual(await readReport(file), JSON.parse(JSON.stringify(report)));
  });

  it('are written whole or not at all', async () => {
    const file = path.join(folder(), 'taken', 'x.json');
    writeFileSync(path.join(folder(), 'taken'), 'a file where a folder is needed');
    await assert.rejects(writeWhole(file, '{}'), analysisError('invalid-input', /x\.json cannot be written/));
    assert.ok(!existsSync(file));
    assert.ok(!readdirSync(folder()).some((name) => name.includes('draft')));
  });

  it('of a newer version are refused by name', async () => {
    const file = path.join(folder(), 'newer.json');
    writeFileSync(file, JSON.stringify({ ...sampleReport(), schemaVersion: 2 }));
    await assert.rejects(readReport(file), analysisError('invalid-input', /schemaVersion 2, newer than the 1/));
  });

  it('that are something else are refused by what is missing', async () => {
    const file = path.join(folder(), 'other.json');
    writeFileSync(file, '{"schema": "other"}');
    await assert.rejects(readReport(file), analysisError('invalid-input', /is not a Boundary Lens report/));
    writeFileSync(file, JSON.stringify({ ...sampleReport(), failures: 'none' }));
    await assert.rejects(readReport(file), analysisError('invalid-input', /is damaged: \/failures/));
    writeFileSync(file, '{"schema": ');
    await assert.rejects(readReport(file), analysisError('invalid-input', /is no JSON/));
  });
});

describe('npz archives', () => {
  const arrays = new Map<string, OutputArray>([
    ['distance', { type: 'float64', data: Float64Array.of(0.5, NaN, 2), shape: [3] }],
    ['label', { type: 'int64', data: Float64Array.of(1, 2, 3), shape: [3] }],
    ['point', { type: 'float64', data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] }],
  ]);

  it('hold the numbers and shapes that went in', () => {
    const read = decodeNpz(encodeNpz(arrays), 'x.npz');
    assert.deepEqual([...read.keys()], ['distance', 'label', 'point']);
    assert.deepEqual(read.get('point')?.shape, [3, 2]);
    assert.deepEqual(Array.from(read.get('distance')?.data ?? [], Number), [0.5, NaN, 2]);
    assert.deepEqual(Array.from(read.get('label')?.data ?? [], Number), [1, 2, 3]);
  });

  it('are the same bytes for the same arrays', () => {
    assert.deepEqual(encodeNpz(arrays), encodeNpz(arrays));
  });

  it('begin each array where NumPy aligns it, at a multiple of 64', () => {
    const bytes = encodeNpz(new Map([['names', { type: 'string', data: ['a', '図'] }]]));
    const text = Buffer.from(bytes).toString('latin1');
    const start = text.indexOf('\u0093NUMPY');
    assert.equal((10 + bytes[start + 8] + 256 * bytes[start + 9]) % 64, 0);
    assert.match(text, /'descr': '<U1', 'fortran_order': False, 'shape': \(2,\)/);
  });
});

describe('CSV tables', () => {
  it('have one row an image, with class names for labels', () => {
    const report = sampleReport();
    const [header = '', ...rows] = encodeCsv(report).trimEnd().split('\r\n');
    assert.equal(rows.length, report.analyses.boundary?.images?.length);
    assert.ok(header.startsWith('name,'));
    const column = header.split(',').indexOf('boundary.label');
    const first = report.analyses.boundary?.images?.[0];
    const row = rows.find((line) => line.startsWith(first?.name ?? '')) ?? '';
    assert.equal(row.split(',')[column], report.manifest.model.classes[first?.label ?? 0]);
  });

  it('quote names that hold commas and quotes', () => {
    const report = sampleReport();
    const [image] = report.analyses.boundary?.images ?? [];
    assert.ok(image);
    const named = { ...report, analyses: { boundary: { images: [{ ...image, name: 'a "b", c.png' }] } } };
    assert.ok(encodeCsv(named).includes('"a ""b"", c.png"'));
  });
});

describe('the sample report', () => {
  it('is what the schema in the package describes', () => {
    const schema = JSON.parse(readFileSync('schema/report.schema.json', 'utf8')) as { properties: object };
    for (const field of Object.keys(sampleReport())) assert.ok(field in schema.properties, field);
  });
});
