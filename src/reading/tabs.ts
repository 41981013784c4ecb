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

/** The analyses that a report has, and while it is being made those that it will have. */
export function plannedAnalyses({ analyses, manifest }: Report): AnalysisName[] {
  const planned = manifest.state === 'running' ? Object.keys(manifest.settings) : [];
  return (Object.keys(tabOf) as AnalysisName[]).filter(
    (name) => analyses[name] !== undefined || planned.includes(name),
  );
}

/** The tabs that a report has something for, or will have. */
export function tabsOf(report: Report): TabName[] {
  const analyses = plannedAnalyses(report);
  const listed = analyses.some((name) => ['evaluate', 'boundary', 'curvature', 'compare'].includes(name));
  return tabs.filter((tab) => (tab === 'images' ? listed : analyses.some((name) => tabOf[name] === tab)));
}
