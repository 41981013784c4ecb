/**
 * Which preprocessing `inspect --images` proposes for models of which it is known: every folder below DIR with an
 * `expected.json` that names its data set and its numbers, with labels and without. Run `npm run build` first.
 *
 *     node scripts/preflights.mjs DIR DATASET=IMAGES …
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const [root, ...sets] = process.argv.slice(2);
const images = Object.fromEntries(sets.map((set) => set.split('=')));
const scratch = await mkdtemp(path.join(tmpdir(), 'preflights-'));

/** The images without the folders that are their classes. */
async function unlabelled(folder) {
  const flat = path.join(scratch, path.basename(folder));
  for (const entry of await readdir(folder, { recursive: true })) {
    const file = path.join(folder, entry);
    if ((await stat(file)).isFile()) await cp(file, path.join(flat, entry.replaceAll(path.sep, '-')));
  }
  return flat;
}

/** x → a · x + b of pixels, by channel, as the expectation has it. */
function expectedMap({ input, preprocessing }) {
  if (input?.feed) return { a: [input.feed.scale], b: [input.feed.offset] };
  const { mean, std, inside_graph: isInside } = preprocessing;
  if (isInside) return { a: [1], b: [0] };
  return { a: std.map((value) => 1 / 255 / value), b: mean.map((value, i) => -value / std[i]) };
}

function mapOf({ scale, mean = 0, std = 1 }) {
  const [means, stds] = [[mean].flat(), [std].flat()];
  return { a: stds.map((value) => scale / value), b: means.map((value, i) => -value / (stds[i] ?? stds[0])) };
}

/** The largest difference of two maps over pixels 0–255, in per cent of the range of the first. */
function difference(first, second) {
  const at = ({ a, b }, channel, x) => (a[channel] ?? a[0]) * x + (b[channel] ?? b[0]);
  const all = [0, 1, 2].flatMap((channel) =>
    [0, 255].map(
      (x) => Math.abs(at(first, channel, x) - at(second, channel, x)) / (255 * (first.a[channel] ?? first.a[0])),
    ),
  );
  return 100 * Math.max(...all);
}

function verdict({ candidates, proposal, doubts }, expected) {
  const [best, second] = candidates;
  if (!proposal)
    return `cannot tell: “${best.name}” ${best.right ?? ''}, “${second.name}” ${second.right ?? ''} [${doubts}]`;
  const off = best.preprocessing.channels === 'bgr' ? 'WRONG ORDER' : difference(expected, mapOf(best.preprocessing));
  const judged = typeof off === 'number' ? (off < 1 ? 'right' : `${off.toFixed(1)} % off`) : off;
  const lead = proposal.lead === null ? '' : ` +${proposal.lead}`;
  return `“${best.name}” ${best.right ?? ''}${lead} over “${proposal.over}”: ${judged} [${doubts}]`;
}

async function look(model, folder, classes) {
  const cli = path.resolve('dist/cli.js');
  const args = [cli, 'inspect', model, '--images', folder, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
  return { ...JSON.parse(stdout), classes };
}

for (const entry of (await readdir(root, { recursive: true })).sort()) {
  if (path.basename(entry) !== 'expected.json') continue;
  const folder = path.join(root, path.dirname(entry));
  const expected = JSON.parse(await readFile(path.join(root, entry), 'utf8'));
  const set = images[expected.dataset ?? expected.name];
  if (!set) continue;
  for (const name of (await readdir(folder)).sort()) {
    const isModel = /\.(onnx|keras|h5|pt2)$/.test(name) && !/weights\.h5$/.test(name);
    if (!isModel && !/^(savedmodel|tfjs|keras2-)/.test(name)) continue;
    for (const [kind, from] of [
      ['labels', set],
      ['none', await unlabelled(set)],
    ]) {
      try {
        const found = await look(path.join(folder, name), from);
        process.stdout.write(`${path.basename(folder)}/${name}  ${kind}  ${verdict(found, expectedMap(expected))}\n`);
      } catch (error) {
        process.stdout.write(
          `${path.basename(folder)}/${name}  ${kind}  refused: ${String(error.stderr ?? error).slice(0, 120)}\n`,
        );
      }
    }
  }
}
await rm(scratch, { recursive: true });
