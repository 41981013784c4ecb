import assert from 'node:assert/strict';

import type { Data, Layout, PlotData } from 'plotly.js-cartesian-dist-min';

import type { AnalysisName } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import { figuresOf } from '../../webview-ui/figures';
import type { Figure } from '../../webview-ui/figures/figure';
import type { Palette } from '../../webview-ui/parts/theme';
import { sampleReport } from './sampleReport';

const palette: Palette = {
  foreground: 'rgb(0, 0, 0)',
  muted: 'rgb(90, 90, 90)',
  background: 'rgb(255, 255, 255)',
  grid: 'rgb(220, 220, 220)',
  series: ['rgb(0, 0, 200)', 'rgb(200, 100, 0)', 'rgb(0, 120, 0)', 'rgb(120, 0, 120)'],
  font: 'sans-serif',
  fontSize: 12,
};
/** What figures are drawn from where a test says nothing else. */
export const report = sampleReport();

export const figure = (name: AnalysisName, id: string, of: Report = report): Figure => {
  const found = figuresOf(name, of).find((one) => one.id === id);
  assert.ok(found, `${id} must be drawn`);
  return found;
};
export const drawn = ({ drawing, id }: Figure): { data: Data[]; layout: Partial<Layout> } => {
  if (drawing.kind !== 'plot') throw new Error(`${id} must be a plot`);
  return drawing.plot(palette);
};
export const traces = (one: Figure): Partial<PlotData>[] => drawn(one).data as Partial<PlotData>[];
export const values = (list: unknown): number[] => list as number[];
