// Puts @tensorflow/tfjs-node and TensorFlow's library into a folder: `npm run setup:tensorflow [-- DIR]`, by default
// .tensorflow, which `npm ci` leaves alone. The package's own installer is tried first. Where its download cannot be had,
// the library is taken out of the Python package of TensorFlow and the binding is compiled from the package's sources.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const PACKAGE = '@tensorflow/tfjs-node';
/** The smallest of the wheels tried that carry the library; it does not depend on Python, so one tag serves all. */
const WHEEL = { name: 'tensorflow-cpu', version: '2.15.1', python: '3.11' };
const PLATFORMS = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'];
/** The newest Node-API that the package names. */
const NAPI = 8;

const project = path.resolve(import.meta.dirname, '..');
/** The package with all that it needs, in the versions that were tried. */
const pinned = path.join(import.meta.dirname, 'tensorflow');
const VERSION = JSON.parse(readFileSync(path.join(pinned, 'package.json'), 'utf8')).dependencies[PACKAGE];
const folder = path.resolve(process.argv[2] ?? path.join(project, '.tensorflow'));
const installed = path.join(folder, 'node_modules', ...PACKAGE.split('/'));
const start = performance.now();

class Refusal extends Error {}

/** Runs a program to its end; null where it fails or is not there. */
function run(command, args, { cwd = folder, quiet = false, env = process.env } = {}) {
  const stdio = ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'];
  const limits = { timeout: 600_000, maxBuffer: 2 ** 26 };
  const { status, stdout } = spawnSync(command, args, { cwd, env, stdio, encoding: 'utf8', ...limits });
  return status === 0 ? stdout : null;
}

/** npm is a script of Node's; its own file runs without a shell, on Windows too. */
function npm(args, options) {
  const { npm_execpath: own } = process.env;
  return own ? run(process.execPath, [own, ...args], options) : run('npm', args, options);
}

/** What the installation says of itself after computing something; null where it does not compute. */
function works() {
  const program = `
    const util = require('node:util');
    util.isArray ??= Array.isArray;
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    const tf = require('${PACKAGE}');
    const [product] = tf.matMul([[1, 2]], [[3], [4]]).dataSync();
    const pooled = tf.maxPool(tf.conv2d(tf.ones([1, 4, 4, 1]), tf.ones([3, 3, 1, 1]), 1, 'valid'), 2, 2, 'valid');
    if (product !== 11 || pooled.dataSync()[0] !== 9) throw new Error('wrong numbers');
    console.log('TensorFlow ' + tf.backend().binding.TF_Version);`;
  process.env.TF_CPP_MIN_LOG_LEVEL = '2';
  return existsSync(installed) ? run(process.execPath, ['-e', program], { quiet: true })?.trim() || null : null;
}

function installPackage() {
  mkdirSync(folder, { recursive: true });
  if (existsSync(path.join(installed, 'package.json'))) return;
  // A folder that is somebody's project gets it beside what it has.
  const isProject = existsSync(path.join(folder, 'package.json'));
  if (!isProject) for (const file of readdirSync(pinned)) cpSync(path.join(pinned, file), path.join(folder, file));
  console.log(`Installing ${PACKAGE} ${VERSION} …`);
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm([...(isProject ? ['install', `${PACKAGE}@${VERSION}`] : ['ci']), ...quiet]) === null) {
    throw new Refusal(
      `npm could not install ${PACKAGE}: see above; mend the network or npm's settings and run this again.`,
    );
  }
}

/** The package's own installer: downloads the library for this system. */
function ownInstaller() {
  console.log('Trying the package’s own installer …');
  // It calls programs of its dependencies by name, as under npm.
  const programs = path.join(folder, 'node_modules', '.bin');
  const env = { ...process.env, PATH: [programs, process.env.PATH].join(path.delimiter) };
  run(process.execPath, ['scripts/install.js'], { cwd: installed, quiet: true, env });
  return works();
}

function need(found, what, remedy) {
  if (found === null || found === undefined) throw new Refusal(`${what}: ${remedy}`);
  return found;
}

/** The library and its headers, out of the wheel; the folder that holds lib/ and include/. */
function libraryFromWheel(work) {
  const python = need(
    [process.env.PYTHON, 'python3', 'python'].find(
      (name) => name && run(name, ['-m', 'pip', '--version'], { quiet: true }),
    ),
    'There is no Python with pip, which fetches TensorFlow',
    'install it (Debian, Ubuntu: apt-get install python3-pip) or name one by PYTHON, and run this again.',
  );
  const { name, version, python: tag } = WHEEL;
  console.log(`Fetching ${name} ${version} with pip (about 200 MB) …`);
  const platforms = PLATFORMS.flatMap((platform) => ['--platform', platform]);
  const wanted = ['--no-deps', '--only-binary=:all:', '--implementation', 'cp', '--python-version', tag, ...platforms];
  const fetched = run(python, ['-m', 'pip', 'download', '-q', ...wanted, '-d', work, `${name}==${version}`]);
  need(
    fetched,
    `pip could not fetch ${name} ${version}`,
    'see above; mend the network or pip’s settings and run this again.',
  );
  const wheel = readdirSync(work).find((file) => file.endsWith('.whl'));
  const members =
    'tensorflow/(libtensorflow_(cc|framework)[.]so[.]2$|include/(tensorflow/c/.*|.*/c/tsl_status|.*/platform/ctstring(_internal)?)[.]h$)';
  const unpack =
    'import re, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); ' +
    'z.extractall(sys.argv[2], [n for n in z.namelist() if re.match(sys.argv[3], n)])';
  console.log('Unpacking the library …');
  need(
    run(python, ['-c', unpack, path.join(work, wheel), work, members]),
    `${wheel} could not be unpacked`,
    'is the disk full? 1.2 GB are needed for a while.',
  );
  rmSync(path.join(work, wheel));
  const library = path.join(work, 'tensorflow');
  const files = ['cc', 'framework'].map((part) => path.join(library, `libtensorflow_${part}.so.2`));
  // A quarter of it is symbols that nothing needs; without strip they stay.
  run('strip', ['--strip-all', ...files], { quiet: true });
  return { library, files };
}

/** The folder of node_api.h: beside node, else from npm. */
function nodeHeaders(work) {
  const beside = path.resolve(process.execPath, '..', '..', 'include', 'node');
  if (existsSync(path.join(beside, 'node_api.h'))) return beside;
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', work, 'node-api-headers@1.5.0'];
  need(
    npm(args, { cwd: work }),
    'node_api.h is not beside node, and npm could not fetch node-api-headers',
    'see above.',
  );
  return path.join(work, 'node_modules', 'node-api-headers', 'include');
}

function fromWheel() {
  const system = `${process.platform}-${process.arch}`;
  if (system !== 'linux-x64') {
    throw new Refusal(
      `The package’s own installer did not succeed, and on ${system} there is no other way: run this where its download can be had, or name a folder where ${PACKAGE} works: --tensorflow DIR.`,
    );
  }
  const compiler = process.env.CXX ?? 'g++';
  need(
    run(compiler, ['--version'], { quiet: true }),
    `There is no C++ compiler (${compiler})`,
    'install one (Debian, Ubuntu: apt-get install g++) or name it by CXX, and run this again.',
  );
  const work = mkdtempSync(path.join(folder, 'work-'));
  try {
    const { library, files } = libraryFromWheel(work);
    const sources = readdirSync(path.join(installed, 'binding')).filter((file) => file.endsWith('.cc'));
    const binding = path.join(installed, 'lib', `napi-v${NAPI}`, 'tfjs_binding.node');
    mkdirSync(path.dirname(binding), { recursive: true });
    console.log('Compiling the binding …');
    const args = [
      ...[
        '-std=c++17',
        '-O2',
        '-fPIC',
        '-shared',
        '-w',
        `-DNAPI_VERSION=${NAPI}`,
        '-DNODE_GYP_MODULE_NAME=tfjs_binding',
      ],
      ...['-I', nodeHeaders(work), '-I', path.join(library, 'include')],
      ...sources.map((file) => path.join(installed, 'binding', file)),
      ...['-o', binding, ...files, '-Wl,-rpath,$ORIGIN/../../deps/lib'],
    ];
    need(run(compiler, args), 'The binding did not compile', 'see above; another compiler can be named by CXX.');
    const target = path.join(installed, 'deps', 'lib');
    mkdirSync(target, { recursive: true });
    for (const file of files) place(file, path.join(target, path.basename(file)));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return works();
}

function place(from, to) {
  try {
    renameSync(from, to);
  } catch {
    cpSync(from, to);
  }
}

try {
  let found = works();
  if (found === null) {
    installPackage();
    found = works() ?? ownInstaller() ?? fromWheel();
    if (found === null)
      throw new Refusal(`It is installed in ${folder} but does not compute; remove that folder and run this again.`);
  }
  console.log(
    `${PACKAGE} ${VERSION} works in ${folder}: ${found}; ${Math.round((performance.now() - start) / 1000)} s`,
  );
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
