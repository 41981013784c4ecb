// The main job on the sample network and images that ship with the project: first what it found, then the whole report.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

const sample = 'samples/photographs';
const model = `${sample}/nin-photographs.onnx`;
const all = ['--images', `${sample}/test`, `${sample}/perturbed`];
const calibration = ['--calibration', `${sample}/calibration.json`];

/** Runs a command whose results are shown elsewhere. */
function boundaryLens(...args) {
  console.log(`$ boundary-lens ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, ['dist/cli.js', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

/** The sections of a report. */
const analysesOf = (report) => JSON.parse(readFileSync(report, 'utf8')).analyses;
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const percent = (share) => `${Number((100 * share).toPrecision(2))} %`;

mkdirSync('.cache', { recursive: true });
boundaryLens('boundary', model, ...all, '--search', 'quick', '--out', '.cache/demo.json');
boundaryLens('detect', model, ...all, ...calibration, '--out', 'demo-check.html', '--out', 'demo-check.json');

const found = new Map(analysesOf('.cache/demo.json').boundary.images.map((image) => [image.name, image]));
const images = analysesOf('demo-check.json').detect.images.map(({ name, verdict }) => {
  const { correct, relativeDistance } = found.get(name);
  const strength = /-x(\d)\.png$/.exec(name)?.[1] ?? null;
  return { name, right: correct === true, distance: relativeDistance, flagged: verdict === 'perturbed', strength };
});
const count = (some, test) => some.filter(test).length;
const clean = images.filter(({ strength }) => strength === null);
const perturbed = images.filter(({ strength }) => strength !== null);
const [fragile] = clean.toSorted((a, b) => a.distance - b.distance);
const flagged = ({ flagged }) => flagged;

console.log(`
The network names ${count(clean, ({ right }) => right)} of ${clean.length} clean photographs right.
Half of them are misread if ${percent(median(clean.map(({ distance }) => distance)))} of their norm changes in the worst way; ${fragile.name} if ${percent(fragile.distance)} does.
${perturbed.length} others were changed so, by once, twice and five times what it takes: the check flags ${count(perturbed, flagged)} of them, and ${count(clean, flagged)} of the ${clean.length} clean ones (of many, 5 %).
`);
const rows = [
  ['images', 'how many', 'named right', 'from there to a boundary (median)', 'flagged as perturbed'],
  ...[null, '1', '2', '5'].map((strength) => {
    const some = images.filter((image) => image.strength === strength);
    return [
      strength === null ? 'clean' : `perturbed × ${strength}`,
      some.length,
      count(some, ({ right }) => right),
      `${percent(median(some.map(({ distance }) => distance)))} of the norm`,
      count(some, flagged),
    ].map(String);
  }),
];
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('   '));
console.log(`(× 1: the smallest change found that changes the label, in whole pixel values; × 2, × 5: as many times that. What is named right
after it was misread before. The farther a change leads into another class, the less it can be told from an image of that class.)
`);

// Of ten images: paths between a few take a minute anyway.
const report = ['--out', 'demo-report.html', '--out', 'demo-report.json'];
const ten = ['--images', `${sample}/test`, '--limit', '10'];
boundaryLens('analyze', model, ...ten, ...calibration, '--preset', 'quick', ...report);
console.log(`
Open in a browser, also offline:
  demo-check.html    the verdict on each image above
  demo-report.html   all figures of ten of them: curvature, shared directions, paths, regions`);
