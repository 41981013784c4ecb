import type { AnalysisName } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import { type TabName, tabs } from '../protocol/view';

/** The question that an analysis helps to answer. */
export const tabOf: Readonly<Record<AnalysisName, TabName>> = {
  evaluate: 'overview',
  boundary: 'overview',
  compare: 'overview',
  curvature: 'geometry',
  subspace: 'geometry',
  paths: 'geometry',
  convexity: 'geometry',
  slice: 'geometry',
  calibration: 'detection',
  detect: 'detection',
};

export const tabNames: Readonly<Record<TabName, string>> = {
  overview: 'Overview',
  images: 'Images',
  geometry: 'Geometry',
  detection: 'Detection',
};

/** What there is to read: a report, or before the first results are there what it will be about. */
export interface Reading {
  readonly report: Report | undefined;
  /** The analyses that the report has, and while it is being made those that it will have. */
  readonly planned: readonly AnalysisName[];
  /** Whether more is to come. */
  readonly running: boolean;
}

/** What there is to read of a report. */
export function readingOf(report: Report): Reading {
  const { analyses, manifest } = report;
  const running = manifest.state === 'running';
  const asked = running ? Object.keys(manifest.settings) : [];
  const planned = (Object.keys(tabOf) as AnalysisName[]).filter(
    (name) => analyses[name] !== undefined || asked.includes(name),
  );
  return { report, planned, running };
}

/** The tabs that there is something for, or will be. */
export function tabsOf({ planned }: Reading): TabName[] {
  const listed = planned.some((name) => ['evaluate', 'boundary', 'curvature', 'compare'].includes(name));
  return tabs.filter((tab) => (tab === 'images' ? listed : planned.some((name) => tabOf[name] === tab)));
}
