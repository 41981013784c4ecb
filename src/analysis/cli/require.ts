import type { Report } from '../../protocol/report';
import { AnalysisError } from '../errors';

const comparisons = {
  '>=': (a: number, b: number) => a >= b,
  '<=': (a: number, b: number) => a <= b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '>': (a: number, b: number) => a > b,
  '<': (a: number, b: number) => a < b,
};

/** A condition on a report, such as `boundary.summary.median>=0.5`. */
export interface Requirement {
  readonly text: string;
  /** Whether a report fulfils it, and the value found: undefined where there is no such number. */
  readonly test: (report: Report) => { readonly holds: boolean; readonly value: number | undefined };
}

/**
 * Parses `PATH COMPARISON NUMBER`; the path leads through `analyses`.
 *
 * @throws AnalysisError 'invalid-input' if it does not read so.
 */
export function parseRequirement(text: string): Requirement {
  const match = /^\s*([\w.]+)\s*(>=|<=|==|!=|>|<)\s*(\S+)\s*$/.exec(text);
  const bound = Number(match?.[3]);
  if (!match?.[1] || !Number.isFinite(bound)) {
    throw new AnalysisError('invalid-input', `--require must read like boundary.summary.median>=0.5, got ${text}`);
  }
  const steps = match[1].split('.');
  const compare = comparisons[match[2] as keyof typeof comparisons];
  return {
    text,
    test: (report) => {
      let value: unknown = report.analyses;
      for (const step of steps) value = (value as Record<string, unknown> | null | undefined)?.[step];
      const number = typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : undefined;
      return { holds: number !== undefined && compare(number, bound), value: number };
    },
  };
}
