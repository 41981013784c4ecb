import type { TSchema } from '@sinclair/typebox';

import { Sections } from '../../protocol/analyses';
import type { Report } from '../../protocol/report';
import { AnalysisError } from '../base/errors';

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
 * @throws AnalysisError 'invalid-input' if it does not read so, or where no report can have such a number.
 */
export function parseRequirement(text: string): Requirement {
  const match = /^\s*([\w.]+)\s*(>=|<=|==|!=|>|<)\s*(\S+)\s*$/.exec(text);
  const bound = Number(match?.[3]);
  if (!match?.[1] || !Number.isFinite(bound)) {
    throw new AnalysisError('invalid-input', `--require must read like boundary.summary.median>=0.5, got ${text}`);
  }
  const steps = match[1].split('.');
  check(steps);
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

/** Whoever misspells a path hears of it before the analysis runs, not after. */
function check(steps: readonly string[]): void {
  let schemas: readonly TSchema[] = [Sections];
  for (const [i, step] of steps.entries()) {
    const below = schemas.flatMap((schema) => child(schema, step));
    if (below.length === 0) {
      const known = schemas.flatMap((schema) => Object.keys((schema['properties'] ?? {}) as object));
      const place = i === 0 ? 'a report' : steps.slice(0, i).join('.');
      throw new AnalysisError(
        'invalid-input',
        `--require: ${place} has no ${step}; ${known.length > 0 ? `it has ${known.join(', ')}` : 'it is no object'}`,
      );
    }
    schemas = below.flatMap(alternatives);
  }
  if (schemas.some((schema) => ['number', 'integer', 'boolean'].includes(String(schema['type'])))) return;
  throw new AnalysisError('invalid-input', `--require: ${steps.join('.')} is no number; an entry of it may be`);
}

const alternatives = (schema: TSchema): readonly TSchema[] =>
  ((schema['anyOf'] ?? [schema]) as readonly TSchema[]).flatMap((one) => (one === schema ? [one] : alternatives(one)));

function child(schema: TSchema, step: string): readonly TSchema[] {
  const { properties, patternProperties, items } = schema as {
    properties?: Readonly<Record<string, TSchema>>;
    patternProperties?: Readonly<Record<string, TSchema>>;
    items?: TSchema | readonly TSchema[];
  };
  if (properties && step in properties) return [properties[step]];
  if (patternProperties) return Object.values(patternProperties);
  return items && /^\d+$/.test(step) ? [items].flat() : [];
}
