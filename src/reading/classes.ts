import type { Report } from '../protocol/report';

/** The name of a class, or its index where it has none. */
export function className(report: Report, label: number | null | undefined): string {
  if (label === null || label === undefined) return '–';
  return report.manifest.model.classes[label] ?? `class ${label}`;
}
