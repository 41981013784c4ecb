// All tests: builds what they need, provides a browser and a VS Code, and counts everything into one closing line.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const counts = { passed: 0, failed: 0 };
const skipped = [];
const env = { ...process.env, BOUNDARY_LENS_CACHE: 'off' };

/** Runs a program and shows what it prints; with `read`, returns it too. */
function run(command, args, { read = false, quiet = false } = {}) {
  const stdio = read
    ? ['ignore', 'pipe', 'inherit']
    : ['ignore', quiet ? 'ignore' : 'inherit', quiet ? 'ignore' : 'inherit'];
  const { status, stdout, error } = spawnSync(command, args, { env, stdio, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (read) process.stdout.write(stdout ?? '');
  if (error && !quiet) console.error(error.message);
  return { ok: status === 0, text: stdout ?? '' };
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

/** One run of mocha. A run that does not reach its end, or runs nothing, is a failure whatever it says. */
function mocha(title, ...args) {
  console.log(`\n— ${title}`);
  const { ok, text } = run(process.execPath, [tool('mocha/bin/mocha.js'), ...args], { read: true });
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
function providedBrowser() {
  const found = browser();
  if (found || process.platform !== 'linux' || process.getuid?.() !== 0) return found;
  console.log('Installing Chromium …');
  run('apt-get', ['update'], { quiet: true });
  run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], { quiet: true });
  return browser();
}

need('the build', node('esbuild.mjs').ok);
need('compiling the tests', node(tool('typescript/bin/tsc'), '-p', 'test').ok);

const chromium = providedBrowser();
if (chromium) env.CHROMIUM = chromium;

const inBrowser = 'out/test/webview-ui/panel*.test.js';
mocha('Units, engine process, command line', ...(chromium ? [] : ['--ignore', inBrowser]));
if (!chromium) skip('the panel in a browser', 'no Chromium, Chrome or Edge found; set CHROMIUM to one');

if (!chromium) skip('the extension in VS Code', 'it needs a browser');
else {
  console.log('\nProviding VS Code …');
  const install = "require('./out/test/vscode/install.js').installedServer()";
  if (!run(process.execPath, ['-e', install]).ok)
    skip('the extension in VS Code', 'its server build cannot be installed');
  else if (!node('scripts/package.mjs').ok) {
    console.log('packaging failed');
    counts.failed++;
  } else {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    env.BOUNDARY_LENS_VSIX = path.resolve(`boundary-lens-${version}-${process.platform}-${process.arch}.vsix`);
    mocha(
      'The installed extension in VS Code',
      '--no-config',
      '--no-package',
      '--forbid-only',
      'out/test/vscode/ui/*.test.js',
    );
  }
}

for (const what of skipped) console.log(`skipped ${what}`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
