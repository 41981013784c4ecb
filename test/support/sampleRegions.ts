import type { Random } from '../../src/analysis/math/random';
import type { Item, Section } from '../../src/protocol/analyses';
import { range, round } from './sampleNumbers';

/* Made-up sections on the regions of classes. */

export function pathsSection(names: readonly string[], labels: readonly number[], random: Random): Section<'paths'> {
  const pairs = range(60).map((i): Item<'paths'> => {
    const scenario = 1 + (i % 3);
    const straightInside = random() < [0.95, 0.8, 0.7][scenario - 1];
    const connected = i !== 41;
    return {
      scenario,
      from: names[i % names.length],
      to: scenario === 3 ? `noise ${i}` : names[(i * 7 + 10) % names.length],
      label: labels[i % labels.length],
      connected,
      anchors: straightInside ? 1 : 3 + Math.floor(random() * 12),
      relativeLength: connected ? (straightInside ? 1 : round(1 + 10 ** (-4 + 2 * random()))) : null,
      straightInside: straightInside && connected,
      forwards: straightInside ? 10_001 : 48_200,
      furthest: connected ? null : 0.62,
    };
  });
  return {
    pairs,
    spacing: 1e-4,
    summary: [1, 2, 3].map((scenario) => {
      const own = pairs.filter((pair) => pair.scenario === scenario);
      return {
        scenario,
        pairs: own.length,
        connected: own.filter(({ connected }) => connected).length,
        straightInside: own.filter(({ straightInside }) => straightInside).length,
        anchors: 3.4,
        relativeLength: 1.0004,
        forwards: 15_000,
      };
    }),
  };
}

export function convexitySection(): Section<'convexity'> {
  return {
    fractions: [2, 3, 4, 5, 6, 8, 10, 15, 20].map((m) => {
      const rate = round(0.42 + 0.57 * Math.exp(-(m - 2) / 5));
      const total = 500;
      return {
        m,
        inside: Math.round(rate * total),
        total,
        rate,
        low: round(rate - 0.04),
        high: round(Math.min(1, rate + 0.04)),
      };
    }),
    classes: 10,
  };
}

export function sliceSection(names: readonly string[]): Section<'slice'> {
  const size = 81;
  const extent: [number, number, number, number] = [-4, 16, -5, 7];
  const x = (column: number) => extent[0] + ((extent[1] - extent[0]) * column) / (size - 1);
  const y = (row: number) => extent[2] + ((extent[3] - extent[2]) * row) / (size - 1);
  const logits = (column: number, row: number) => {
    const [a, b] = [x(column), y(row)];
    return [
      { label: 3, value: 3 - 0.08 * (a - 6) ** 2 * 0.3 - 0.25 * (b + 1.5) ** 2 + Math.sin(a) },
      { label: 5, value: 0.9 * b - 1.2 + 0.8 * Math.cos(a / 2) },
      { label: 4, value: -0.7 * b - 2.4 + 0.3 * Math.sin(2 * a) },
    ].sort((p, q) => q.value - p.value);
  };
  const plane: Item<'slice'> = {
    title: 'Path between two images of class cat',
    axes: ['x₂ − x₁', 'r(x₁), towards the boundary'],
    origin: names[3],
    extent,
    labels: range(size).map((row) => range(size).map((column) => logits(column, row)[0].label)),
    margins: range(size).map((row) =>
      range(size).map((column) => {
        const [first, second] = logits(column, row);
        return round(first.value - second.value);
      }),
    ),
    anchors: [
      { name: names[3], x: 0, y: 0, onPath: true },
      { name: 'p1', x: 5.8, y: -1.6, onPath: true },
      { name: names[13], x: 12, y: 0, onPath: true },
      { name: 'boundary', x: 0, y: 1.03, onPath: false },
    ],
  };
  return plane;
}
