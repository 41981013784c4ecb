import '../support/vscode';

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serialize } from 'node:v8';

import { Value } from '@sinclair/typebox/value';
import * as vscode from 'vscode';

import { decodeImage } from '../../src/analysis/images/decode';
import { defaultParams } from '../../src/analysis/job/presets';
import { ResultPanel } from '../../src/extension/runs/resultPanel';
import { SearchParams } from '../../src/protocol/analyses/boundary';
import { changed } from '../../src/protocol/change';
import type { FromEngine, Request, ToEngine } from '../../src/protocol/job';
import type { PanelState } from '../../src/protocol/view';
import { vsCodeHost } from '../../webview-ui/parts/host';
import { panels } from '../support/vscode';

/* What crosses while a run fills its panel: the engine as a process, the host's and the page's own code in this one. */

const model = 'samples/relu/lenet-mnist.onnx';
const [shifts, side] = [20, 28];
/** After this long the run is cancelled, ms: bytes a second are known by then. */
const longest = 40_000;

/** Bytes of what is sent, and of what was sent when every message was whole. */
interface Bytes {
  sent: number;
  whole: number;
}

export interface Messages {
  readonly images: number;
  readonly seconds: number;
  /** From where to where, how much, how much whole messages were, and how many times fewer that is. */
  readonly rows: string[][];
}

/** The sample digits, each moved by up to four pixels in twenty ways: 1,000 images, as an IDX file. */
async function movedDigits(file: string): Promise<number> {
  const digits = readdirSync('samples/mnist', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.png'),
  );
  const images = digits.length * shifts;
  const header = Buffer.alloc(16);
  [0x803, images, side, side].forEach((value, i) => header.writeUInt32BE(value, 4 * i));
  const data = new Uint8Array(images * side * side);
  for (const [i, name] of digits.entries()) {
    const { data: pixels } = await decodeImage(path.join('samples/mnist', name));
    for (let k = 0; k < shifts; k++) {
      const moved = ((k % 5) - 2) * side + Math.floor(k / 5) - 2;
      pixels.forEach((pixel, at) => {
        const to = at + moved;
        if (to >= 0 && to < side * side) data[(i * shifts + k) * side * side + to] = pixel;
      });
    }
  }
  writeFileSync(file, Buffer.concat([header, data]));
  return images;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** What the page once handed setState each time: all but pictures and planes, where that stays below a million characters. */
function keptWhole({ report, ...state }: PanelState): PanelState {
  if (!report) return state;
  const kept = { ...report, analyses: { ...report.analyses } };
  delete kept.thumbnails;
  delete kept.analyses.slice;
  return JSON.stringify(kept).length > 1_000_000 ? state : { ...state, report: kept };
}

/** A panel of a run's state with the page's own code in it: `crossed` hears what the page is sent, `kept` what it keeps. */
function panelWithPage(
  current: () => PanelState,
  crossed: (message: unknown) => void,
  kept: (state: unknown) => void,
): () => void {
  const panel = new ResultPanel(vscode.Uri.file('.'), '', current, { warn: console.error });
  const fake = panels.at(-1);
  if (!fake) throw new Error('a panel was made');
  const window = new EventTarget();
  const deliver = (): void => {
    for (const data of fake.sent.splice(0)) {
      crossed(data);
      window.dispatchEvent(new MessageEvent('message', { data }));
    }
  };
  const api = {
    getState: () => undefined,
    setState: kept,
    postMessage: (message: unknown) => {
      fake.say(message);
    },
  };
  Object.assign(globalThis, { window, acquireVsCodeApi: () => api });
  vsCodeHost().listen(() => undefined);
  // Other code takes a process with a window for a browser.
  for (const name of ['window', 'acquireVsCodeApi']) Reflect.deleteProperty(globalThis, name);
  return () => {
    panel.update();
    deliver();
  };
}

/** Bytes that cross in a run on 1,000 images, and what they were when each message was whole, as in 0.1.0. */
export async function messages(): Promise<Messages> {
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-bench-'));
  const child = fork('dist/engine.js', {
    ...{ serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    env: { ...process.env, BOUNDARY_LENS_CACHE: 'off' },
  });
  const [toHost, toPanel, toStore]: [Bytes, Bytes, Bytes] = [empty(), empty(), empty()];
  let state: PanelState = { phase: 'running', id: JSON.stringify(['analyze', model]), model };
  const update = panelWithPage(
    () => state,
    (message) => (toPanel.sent += jsonBytes(message)),
    (kept) => (toStore.sent += jsonBytes(kept)),
  );
  const receive = (message: FromEngine): boolean => {
    toHost.sent += serialize(message).byteLength;
    if ('inspection' in message || 'preflight' in message || 'found' in message) {
      throw new Error('nobody asked for anything but the run');
    }
    if (message.type === 'progress') {
      toHost.whole += serialize(message).byteLength;
      state = { ...state, progress: message.progress };
    } else if (message.type === 'failed') {
      if (message.failure.code !== 'cancelled') throw new Error(message.failure.message);
      state = { ...state, phase: 'cancelled', failure: message.failure };
    } else {
      const report = changed(state.report, message.change);
      toHost.whole += serialize({ ...message, change: { whole: report } }).byteLength;
      state = { ...state, report, ...(message.type === 'done' && { phase: 'done', progress: undefined }) };
    }
    update();
    toPanel.whole += jsonBytes({ type: 'state', state });
    toStore.whole += jsonBytes({ state: keptWhole(state) });
    return state.phase !== 'running';
  };
  try {
    const file = path.join(folder, 'digits-images-idx3-ubyte');
    const images = await movedDigits(file);
    const names = ['evaluate', 'boundary', 'curvature', 'detect'] as const;
    const request: Request = {
      ...{ command: 'bench', model, images: [file], preprocessed: false, backend: 'auto', seed: 0 },
      search: Value.Create(SearchParams),
      analyses: Object.fromEntries(names.map((name) => [name, defaultParams(name)])),
    };
    const send = (message: ToEngine): void => {
      child.send(message);
    };
    const start = performance.now();
    send({ type: 'run', job: 1, request });
    const deadline = setTimeout(() => {
      send({ type: 'cancel', job: 1 });
    }, longest);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: FromEngine) => {
        try {
          if (receive(message)) resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      child.once('exit', () => {
        reject(new Error('the engine ended'));
      });
    });
    clearTimeout(deadline);
    const seconds = (performance.now() - start) / 1000;
    const rate = (bytes: number): string => `${(bytes / 1024 / seconds).toFixed(0)} KiB/s`;
    const row = (way: string, { sent, whole }: Bytes): string[] => {
      return [way, rate(sent), rate(whole), `${(whole / sent).toFixed(0)} ×`];
    };
    const rows = [
      row('engine to host', toHost),
      row('host to panel', toPanel),
      ['panel to setState', `${toStore.sent} B in all`, rate(toStore.whole), ''],
    ];
    return { images, seconds, rows };
  } finally {
    if (child.exitCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(folder, { recursive: true });
  }
}

function empty(): Bytes {
  return { sent: 0, whole: 0 };
}
