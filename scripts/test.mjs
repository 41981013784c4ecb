// All tests: builds what they need, provides a browser, WebGPU, TensorFlow and a VS Code, and counts everything into one closing line.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const counts = { passed: 0, failed: 0 };
const skipped = [];
const env = { ...process.env, BOUNDARY_LENS_CACHE: 'off' };

/** No suite takes as long, not on the slowest machine: what does, hangs. */
const timeLimit = 30 * 60_000;

/** Runs a program, shows what it prints unless it is quiet, and returns it with whether all went well. */
function run(command, args, { quiet = false } = {}) {
  return new Promise((resolve) => {
    let text = '';
    const options = { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: timeLimit, killSignal: 'SIGKILL' };
    const child = spawn(command, args, options);
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (!quiet) process.stdout.write(chunk);
    });
    child.once('error', (error) => {
      console.error(error.message);
      resolve({ ok: false, text });
    });
    child.once('close', (status) => resolve({ ok: status === 0, text }));
  });
}

const node = (...args) => run(process.execPath, args);
const tool = (name) => path.join('node_modules', ...name.split('/'));

/** A step that must work before anything can be counted. */
function need(what, ok) {
  if (ok) return;
  console.log(`${what} failed\n0 passed, 1 failed`);
  process.exit(1);
}

function skip(what, why) {
  skipped.push(`${what}: ${why}`);
  if (process.env.CI) counts.failed++;
}

/** One suite, which ends with mocha's counts. One that does not reach its end, or runs nothing, is a failure whatever it says. */
async function suite(title, ...args) {
  console.log(`\n— ${title}`);
  const { ok, text } = await node(...args);
  const count = (word) => Number(new RegExp(`^ {2}(\\d+) ${word}`, 'm').exec(text)?.[1] ?? 0);
  counts.passed += count('passing');
  counts.failed += count('failing');
  if (ok !== (count('failing') === 0) || count('passing') + count('failing') === 0) {
    console.log(`${title}: the run did not end as it should`);
    counts.failed++;
  }
}

function browser() {
  const places = [
    process.env.CHROMIUM,
    ...(process.env.PATH ?? '')
      .split(path.delimiter)
      .flatMap((folder) =>
        ['chromium', 'chromium-browser', 'google-chrome', 'msedge'].map((name) => path.join(folder, name)),
      ),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => {
      const folder = process.env[name] ?? '';
      return [
        path.join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
        path.join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
      ];
    }),
  ];
  return places.find((place) => place && existsSync(place));
}

/** On Debian and Ubuntu as root a missing browser is installed; anywhere else the user is asked to. */
async function providedBrowser() {
  const found = browser();
  if (found || process.platform !== 'linux' || process.getuid?.() !== 0) return found;
  console.log('Installing Chromium …');
  await run('apt-get', ['update'], { quiet: true });
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], { quiet: true });
  return browser();
}

/** Why WebGPU does not work here, by the program's own account; undefined where it does. */
async function withoutWebgpu() {
  const { text } = await run(process.execPath, ['dist/cli.js', 'backends', '--json'], { quiet: true });
  return JSON.parse(text).find(({ id }) => id === 'webgpu').reason ?? undefined;
}

/**
 * On Linux without a graphics card WebGPU runs on the software driver that browsers bring along (that of Debian 12 is too
 * old); the loader of drivers is installed as a missing browser is.
 */
async function providedWebgpu() {
  const reason = await withoutWebgpu();
  if (reason === undefined || process.platform !== 'linux') return reason;
  const folders = [
    ...(chromium ? [path.dirname(realpathSync(chromium))] : []),
    '/usr/lib/chromium',
    '/opt/google/chrome',
  ];
  const driver = folders.map((folder) => path.join(folder, 'vk_swiftshader_icd.json')).find((file) => existsSync(file));
  if (!driver) return `${reason} No Chromium or Chrome that brings a software driver was found.`;
  env.VK_ICD_FILENAMES = driver;
  env.VK_DRIVER_FILES = driver;
  const still = await withoutWebgpu();
  if (still === undefined || process.getuid?.() !== 0) return still;
  console.log('Installing the Vulkan loader …');
  await run('apt-get', ['update'], { quiet: true });
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'libvulkan1'], { quiet: true });
  return withoutWebgpu();
}

need('the build', (await node('esbuild.mjs')).ok);
// What is left of tests that are gone would run.
rmSync('out', { recursive: true, force: true });
need('compiling the tests', (await node(tool('typescript/bin/tsc'), '-p', 'test')).ok);

const chromium = await providedBrowser();
if (chromium) env.CHROMIUM = chromium;

const noWebgpu = await providedWebgpu();

console.log('Providing TensorFlow …');
const tensorflow = (await node('scripts/setupTensorflow.mjs')).ok;

const mocha = tool('mocha/bin/mocha.js');
const inBrowser = ['out/test/webview-ui/{panel*,*Page}.test.js', 'out/test/reading/everywhere.test.js'];
const onTensorflow = ['out/test/analysis/backends/tensorflow/*.test.js', 'out/test/cli/tensorflow.test.js'];
const onWebgpu = ['out/test/analysis/backends/webgpu/*.test.js', 'out/test/cli/webgpu.test.js'];
const left = [
  ...(chromium ? [] : inBrowser),
  ...(noWebgpu ? onWebgpu : []),
  ...(tensorflow ? [] : onTensorflow),
].flatMap((file) => ['--ignore', file]);
await suite('Units, engine process, command line', mocha, ...left);
if (!tensorflow) skip('the backend tensorflow', 'it cannot be set up, for the reason above; npm run setup:tensorflow');
if (noWebgpu) skip('the backend webgpu', noWebgpu);
if (!chromium) skip('the panel in a browser', 'no Chromium, Chrome or Edge found; set CHROMIUM to one');

if (!chromium) skip('the extension in VS Code', 'it needs a browser');
else {
  console.log('\nProviding VS Code …');
  const install = "require('./out/test/vscode/install.js').installedServer()";
  if (!(await node('-e', install)).ok) skip('the extension in VS Code', 'its server build cannot be installed');
  else {
    await suite('The extension in the extension host', 'out/test/vscode/runHost.js');
    const packed = await node('scripts/package.mjs');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    env.BOUNDARY_LENS_VSIX = path.resolve(`boundary-lens-${version}-${process.platform}-${process.arch}.vsix`);
    const files = ['--no-config', '--no-package', '--forbid-only', 'out/test/vscode/ui/*.test.js'];
    if (packed.ok) await suite('The installed extension in VS Code', mocha, ...files);
    else {
      console.log('packing the extension failed');
      counts.failed++;
    }
  }
}

for (const what of skipped) console.log(`skipped ${what}`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
