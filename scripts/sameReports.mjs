// Whether two builds write the same reports: node scripts/sameReports.mjs BEFORE AFTER [MODEL IMAGES …]
//
// BEFORE and AFTER are checkouts with a built dist/. The sample models, and pairs of further models and image folders, go
// through both command lines; what may differ is the date, what it took, and the measured batch size.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';

const [before, after, ...further] = process.argv.slice(2);
if (!after || further.length % 2 === 1) {
  console.error('usage: node scripts/sameReports.mjs BEFORE AFTER [MODEL IMAGES …]');
  process.exit(2);
}

const [relu, smooth, digits] = ['relu/lenet-mnist.onnx', 'smooth/lenet-mnist-softplus.keras', 'mnist'].map((name) =>
  path.resolve('samples', name),
);
const jobs = [
  ['analyze', relu, '--images', digits, '--preset', 'quick'],
  ['analyze', smooth, '--images', digits, '--preset', 'quick', '--limit', '20'],
  ['curvature', relu, '--images', digits, '--limit', '6', '--scale-sweep', '--seed', '3'],
  ['curvature', relu, '--images', digits, '--limit', '6', '--method', 'smoothed'],
  ['compare', relu, smooth, '--images', digits, '--limit', '12'],
  ['calibrate', relu, '--clean', digits, '--attacks'],
  ['boundary', relu, '--images', digits, '--limit', '12', '--clip'],
];
for (let i = 0; i < further.length; i += 2) {
  const [model, images] = further.slice(i, i + 2).map((name) => path.resolve(name));
  jobs.push(['analyze', model, '--images', images, '--preset', 'quick', '--limit', '8']);
}

const folder = mkdtempSync(path.join(tmpdir(), 'same-reports-'));

/** What a build reports, less what may differ from run to run; or its words, where it reports nothing. */
function report(checkout, job) {
  const out = path.join(folder, 'report.json');
  rmSync(out, { force: true });
  const options = { env: { ...process.env, BOUNDARY_LENS_CACHE: 'off' }, encoding: 'utf8' };
  const args = [path.resolve(checkout, 'dist/cli.js'), ...job, '--quiet', '--out', out];
  const { status, stderr } = spawnSync(process.execPath, args, options);
  try {
    const { manifest, ...rest } = JSON.parse(readFileSync(out, 'utf8'));
    const { createdAt, durationMs, backend, ...kept } = manifest;
    return { status, ...rest, manifest: { ...kept, backend: { ...backend, batch: undefined } } };
  } catch {
    return { status, stderr };
  }
}

/** The paths at which two values differ. */
function differences(a, b, at = '') {
  if (isDeepStrictEqual(a, b)) return [];
  const both = [a, b].every((value) => value !== null && typeof value === 'object');
  if (!both) return [`${at}: ${JSON.stringify(a)} → ${JSON.stringify(b)}`];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(a[key], b[key], `${at}/${key}`),
  );
}

let differing = 0;
for (const job of jobs) {
  const [first, second] = [before, after].map((checkout) => report(checkout, job));
  const found =
    JSON.stringify(first) === JSON.stringify(second) ? [] : [...differences(first, second), 'order of fields'];
  if (found.length > 0) differing++;
  console.log(`${found.length === 0 ? 'same' : 'DIFFERENT'}: ${job.join(' ')} (exit code ${first.status})`);
  for (const line of found.slice(0, 12)) console.log(`  ${line.slice(0, 200)}`);
}
rmSync(folder, { recursive: true });
console.log(`${jobs.length - differing} of ${jobs.length} reports are the same`);
process.exitCode = differing > 0 ? 1 : 0;
