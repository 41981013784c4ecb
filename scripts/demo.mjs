// The main job on the sample model and images that ship with the project.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const args = [
  'dist/cli.js',
  'analyze',
  'samples/relu/lenet-mnist.onnx',
  '--images',
  'samples/mnist',
  '--preset',
  'quick',
];
const outputs = ['--out', 'demo-report.html', '--out', 'demo-report.json'];
const { status } = spawnSync(process.execPath, [...args, ...outputs], { stdio: 'inherit' });
if (status === 0) console.log('\nOpen demo-report.html in a browser for the figures.');
process.exitCode = status ?? 1;
