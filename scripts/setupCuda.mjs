// Puts onnxruntime's part for CUDA beside onnxruntime's library: `npm run setup:cuda`, once after each `npm ci`. The package's
// own install step is tried first. Where its download cannot be had, the same files are taken out of the Python package of the
// same version. `-- --libraries` brings NVIDIA's libraries of that version of CUDA too, into .cuda, where no installation has them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

const PARTS = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
/** The package is made for several versions of Python; the library in it is the same. */
const WHEEL = { name: 'onnxruntime-gpu', python: '3.12' };
const PLATFORMS = ['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux2014_x86_64'];
/** NVIDIA's packages of Python by the version of CUDA; what onnxruntime's part loads. */
const LIBRARIES = {
  12: [
    'nvidia-cublas-cu12',
    'nvidia-cuda-runtime-cu12',
    'nvidia-cuda-nvrtc-cu12',
    'nvidia-cufft-cu12',
    'nvidia-curand-cu12',
    'nvidia-cudnn-cu12>=9,<10',
  ],
  13: [
    'nvidia-cublas~=13.0',
    'nvidia-cuda-runtime~=13.0',
    'nvidia-cuda-nvrtc~=13.0',
    'nvidia-cufft~=12.0',
    'nvidia-curand~=10.0',
    'nvidia-cudnn-cu13~=9.0',
  ],
};

const project = path.resolve(import.meta.dirname, '..');
const require = createRequire(path.join(project, 'package.json'));
const start = performance.now();

class Refusal extends Error {}

/** Runs a program to its end; null where it fails or is not there. */
function run(command, args, { quiet = false, env = process.env } = {}) {
  const stdio = ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'];
  const limits = { timeout: 1_800_000, maxBuffer: 2 ** 26 };
  const { status, stdout } = spawnSync(command, args, { env, stdio, encoding: 'utf8', ...limits });
  return status === 0 ? stdout : null;
}

/** The folder of the package, and its version. */
function onnxruntime() {
  try {
    const home = path.resolve(path.dirname(require.resolve('onnxruntime-node')), '..');
    return { home, version: JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')).version };
  } catch {
    throw new Refusal('onnxruntime-node is not installed; run “npm ci” first.');
  }
}

const missingIn = (folder) => PARTS.filter((name) => !existsSync(path.join(folder, name)));

/** The package's own install step: it downloads the files for this system. */
function ownInstaller(home, folder) {
  const script = path.join(home, 'script', 'install.js');
  if (!existsSync(script)) return;
  console.log('Trying the package’s own install step …');
  run(process.execPath, [script], { quiet: true, env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'cuda12' } });
  if (missingIn(folder).length > 0) console.log('It could not get them.');
}

function python() {
  const found = [process.env.PYTHON, 'python3', 'python'].find(
    (name) => name && run(name, ['-m', 'pip', '--version'], { quiet: true }),
  );
  if (found) return found;
  throw new Refusal(
    'There is no Python with pip, which fetches the files: install it (Debian, Ubuntu: apt-get install python3-pip) or name one by PYTHON, and run this again.',
  );
}

function fromWheel(version, folder) {
  const pip = python();
  const { name, python: tag } = WHEEL;
  const work = mkdtempSync(path.join(folder, 'work-'));
  try {
    console.log(`Fetching ${name} ${version} with pip (about 250 MB) …`);
    const platforms = PLATFORMS.flatMap((platform) => ['--platform', platform]);
    const wanted = [
      '--no-deps',
      '--only-binary=:all:',
      '--implementation',
      'cp',
      '--python-version',
      tag,
      ...platforms,
    ];
    const fetched = run(pip, ['-m', 'pip', 'download', '-q', ...wanted, '-d', work, `${name}==${version}`]);
    if (fetched === null) {
      throw new Refusal(
        `pip could not fetch ${name} ${version}: see above; mend the network or pip’s settings and run this again.`,
      );
    }
    const wheel = readdirSync(work).find((file) => file.endsWith('.whl'));
    const unpack =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1])\n' +
      'for part in sys.argv[3:]: open(sys.argv[2] + "/" + part, "wb").write(z.read("onnxruntime/capi/" + part))';
    if (run(pip, ['-c', unpack, path.join(work, wheel), work, ...PARTS]) === null) {
      throw new Refusal(`${wheel} could not be unpacked: is the disk full? 600 MB are needed for a while.`);
    }
    for (const part of PARTS) renameSync(path.join(work, part), path.join(folder, part));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** NVIDIA's libraries, where no installation has them. */
function libraries(folder) {
  const bytes = readFileSync(path.join(folder, PARTS[1]));
  // The names that it needs stand in it as text.
  const cuda = [13, 12].find((major) => bytes.includes(`libcublasLt.so.${major}\0`));
  if (cuda === undefined)
    throw new Refusal('onnxruntime’s part for CUDA needs a version of CUDA that this script does not know.');
  const target = path.join(project, '.cuda');
  console.log(`Fetching NVIDIA’s libraries of CUDA ${cuda} and cuDNN 9 with pip into ${target} (about 2 GB) …`);
  const wanted = ['--no-deps', '--only-binary=:all:', '--upgrade', '--target', target, ...LIBRARIES[cuda]];
  if (run(python(), ['-m', 'pip', 'install', '-q', ...wanted]) === null) {
    throw new Refusal('pip could not fetch them: see above; mend the network or pip’s settings and run this again.');
  }
}

/** What the command line finds now; null where it is not built. */
function cudaHere() {
  const cli = path.join(project, 'dist', 'cli.js');
  const printed = existsSync(cli) ? run(process.execPath, [cli, 'backends', '--json'], { quiet: true }) : null;
  return printed === null ? null : JSON.parse(printed).find(({ id }) => id === 'cuda');
}

try {
  const system = `${process.platform}-${process.arch}`;
  if (system !== 'linux-x64') {
    throw new Refusal(
      `onnxruntime’s package for Node has CUDA for Linux x64 only, and not for ${system}; there is nothing to set up.`,
    );
  }
  const { home, version } = onnxruntime();
  const folder = path.join(home, 'bin', 'napi-v6', process.platform, process.arch);
  if (missingIn(folder).length > 0) ownInstaller(home, folder);
  if (missingIn(folder).length > 0) fromWheel(version, folder);
  console.log(`onnxruntime ${version} has its part for CUDA in ${folder}.`);
  if (process.argv.includes('--libraries')) libraries(folder);
  const seconds = Math.round((performance.now() - start) / 1000);
  const here = cudaHere();
  if (here === null) {
    console.log(
      `Done in ${seconds} s. “npm run build”, and then “node dist/cli.js backends”, say whether it works here.`,
    );
  } else if (here.present) {
    console.log(
      `Done in ${seconds} s: CUDA works on ${here.device}. “node dist/cli.js backends --check” tries every operator.`,
    );
  } else {
    console.log(`Done in ${seconds} s, but CUDA does not work here yet. ${here.reason}`);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
