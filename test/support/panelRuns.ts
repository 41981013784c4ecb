import type { Report } from '../../src/protocol/report';
import type { PanelState } from '../../src/protocol/view';
import { sampleReport } from './sampleReport';

/** A run of one model that the panel's tests look at: whole, and as it was on its way there. */
export const report = sampleReport();
export const model = 'resnet8-cifar10.onnx';
export const partial: Report = {
  ...report,
  analyses: { evaluate: report.analyses.evaluate!, boundary: report.analyses.boundary! },
};
export const unfinished: Report = {
  ...partial,
  manifest: { ...report.manifest, state: 'running', settings: { evaluate: {}, boundary: {}, curvature: {} } },
};
export const done: PanelState = { phase: 'done', model, report };
export const running: PanelState = {
  phase: 'running',
  model,
  report: unfinished,
  progress: {
    stage: 'Nearest boundary points',
    ...{ done: 37, total: 60, elapsedMs: 30_000, share: 0.2 },
    backend: 'onnxruntime',
  },
};
