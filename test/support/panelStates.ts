import { presetRuns } from '../../src/protocol/presets';
import type { Report } from '../../src/protocol/report';
import type { PanelState, Place } from '../../src/protocol/view';
import { sampleReport } from './sampleReport';

interface Seen {
  readonly state: PanelState;
  /** Where the user is on the page; the first tab where nothing is said. */
  readonly place?: Place;
}

type Analysis = keyof Report['analyses'];

/** Of a report only some analyses, as other commands than a whole analysis make them. */
function only(of: Report, ...names: Analysis[]): Report {
  const analyses = Object.fromEntries(names.map((name) => [name, of.analyses[name]]));
  return { ...of, analyses, failures: [] };
}

/** What an analysis of one model has. */
const single = presetRuns.standard;
const sample = sampleReport();
const report: Report = { ...only(sample, ...single), failures: sample.failures };
const smooth = only(sampleReport({ kinks: false }), ...single);
const compared = only(sample, 'compare');
const model = report.manifest.model.path;
const at = Date.parse('2026-01-15T10:12:00.000Z');
const run = { at, name: 'validation · Standard' };
const done: PanelState = { phase: 'done', model, report, run };
const progress = {
  stage: 'Nearest boundary points',
  done: 37,
  total: 60,
  elapsedMs: 8400,
  share: 0.42,
  backend: 'onnxruntime',
};

/** As it is in mid-run: the first results are there, the others are named. */
const begun: Report = {
  ...only(report, 'evaluate'),
  manifest: {
    ...report.manifest,
    state: 'running',
    settings: Object.fromEntries(single.map((name) => [name, {}])),
  },
};
const partial = only(report, 'evaluate', 'boundary');

function checkOf(count: number): Report {
  const made = only(report, 'detect');
  const { detect } = made.analyses;
  const images = { ...made.manifest.images, count };
  return {
    ...made,
    manifest: { ...made.manifest, images },
    analyses: detect ? { detect: { ...detect, images: (detect.images ?? []).slice(0, count) } } : {},
  };
}

const failure = {
  code: 'unsupported-op',
  message:
    'resnet8-cifar10.onnx uses GridSample (node "warp"), which has no gradient here; export the model without it.',
} as const;
const lost = {
  code: 'engine-lost',
  message: 'The engine stopped (SIGKILL), as it does where memory is short; choose a smaller preset and retry.',
} as const;
const selected = 'ship/0008.png';

/** Every state of the results' page, and every tab of what is done. */
export const panelStates: Readonly<Record<string, Seen> & { readonly done: Seen }> = {
  done: { state: done },
  images: { state: done, place: { tab: 'images' } },
  'images-selected': { state: done, place: { tab: 'images', lists: { images: { selected } } } },
  'images-table': { state: done, place: { tab: 'images', lists: { images: { view: 'table' } } } },
  geometry: { state: done, place: { tab: 'geometry' } },
  detection: { state: done, place: { tab: 'detection' } },
  empty: { state: { phase: 'running', model: '' } },
  loading: { state: { phase: 'running', model, run, planned: single } },
  'loading-images': { state: { phase: 'running', model, run, planned: single }, place: { tab: 'images' } },
  'loading-geometry': { state: { phase: 'running', model, run, planned: single }, place: { tab: 'geometry' } },
  'loading-detection': { state: { phase: 'running', model, run, planned: single }, place: { tab: 'detection' } },
  'loading-check': { state: { phase: 'running', model, run, planned: ['detect'] } },
  'loading-comparison': { state: { phase: 'running', model, run, planned: ['compare'] } },
  running: { state: { phase: 'running', model, run, report: begun, progress } },
  'running-images': { state: { phase: 'running', model, run, report: begun, progress }, place: { tab: 'images' } },
  'running-geometry': { state: { phase: 'running', model, run, report: begun, progress }, place: { tab: 'geometry' } },
  'running-detection': {
    state: { phase: 'running', model, run, report: begun, progress },
    place: { tab: 'detection' },
  },
  cancelled: { state: { phase: 'cancelled', model, run, report: partial } },
  'cancelled-nothing': { state: { phase: 'cancelled', model, run } },
  interrupted: { state: { phase: 'interrupted', model, run, report: partial } },
  failed: { state: { phase: 'failed', model, run, failure } },
  'failed-partial': { state: { phase: 'failed', model, run, failure: lost, report: partial } },
  'failed-earlier': { state: { phase: 'failed', model, run, failure, report, earlier: at - 86_400_000 } },
  changed: { state: { ...done, modelChanged: 'since' } },
  opened: { state: { phase: 'done', model, report, file: '/home/you/reports/resnet8-cifar10.json' } },
  smooth: { state: { ...done, report: smooth }, place: { tab: 'geometry' } },
  check: { state: { ...done, report: checkOf(1) } },
  'check-many': { state: { ...done, report: checkOf(60) } },
  comparison: { state: { ...done, report: compared } },
  'comparison-images': { state: { ...done, report: compared }, place: { tab: 'images' } },
  calibration: { state: { ...done, report: only(report, 'calibration') } },
  evaluate: { state: { ...done, report: only(report, 'evaluate') } },
};
