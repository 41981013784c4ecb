import type { SeriesPoint, SeriesState } from '../../src/protocol/seriesPage';

const now = new Date(2026, 10, 28, 18, 0).getTime();
const minute = 60_000;

function point(i: number, change: Partial<SeriesPoint> = {}): SeriesPoint {
  return {
    ...{ key: `run ${i}`, path: '/home/you/runs/lenet.onnx', saved: now - (12 - i) * 7 * minute, state: 'done' },
    ...{ accuracy: 1 - 0.4 * 0.7 ** i, distance: 0.03 + 0.012 * i - 0.0011 * i * i },
    ...change,
  };
}

const saves = Array.from({ length: 12 }, (_, i) => point(i));
const reason = 'lenet.onnx ends within the tensor "fc1.weight": it must have 192,000 bytes, got 81,920; save it again';
saves[4] = point(4, { state: 'failed', accuracy: null, distance: null, reason });
saves[11] = point(11, { state: 'running', accuracy: null, distance: null });
const names = ['epoch1', 'epoch2', 'epoch5', 'epoch10 with a longer name', 'epoch20'];
const checkpoints = names.map((name, i) => point(i, { path: `/home/you/runs/${name}.onnx` }));

/** The page of a series in all its states. */
export const seriesPages = {
  waiting: {
    kind: 'watch',
    path: '/home/you/runs/lenet.onnx',
    images: '/home/you/digits',
    phase: 'waiting',
    points: [],
    now,
  },
  running: {
    kind: 'watch',
    path: '/home/you/runs/lenet.onnx',
    images: '/home/you/digits',
    phase: 'running',
    points: saves,
    now,
  },
  stopped: {
    kind: 'watch',
    path: '/home/you/runs/lenet.onnx',
    images: '/home/you/digits',
    phase: 'stopped',
    points: saves.slice(0, 1),
    now,
  },
  folder: {
    kind: 'folder',
    path: '/home/you/runs',
    images: '/home/you/digits',
    phase: 'done',
    points: checkpoints,
    now,
  },
} satisfies Record<string, SeriesState>;
