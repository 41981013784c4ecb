import type { TSchema } from '@sinclair/typebox';
import { Errors } from '@sinclair/typebox/errors';
import { Check } from '@sinclair/typebox/value';

/**
 * Why a value that comes from another process, another page or a disk is not what this schema says: the first place that
 * differs and what belongs there. Undefined where it is.
 */
export function mismatch(schema: TSchema, value: unknown): string | undefined {
  if (Check(schema, value)) return undefined;
  const first = Errors(variant(schema, value) ?? schema, value).First();
  return first ? `${first.path === '' ? '/' : first.path}: ${first.message}` : 'unknown';
}

/** Of a union of messages, the one that the value says it is by its `type`. */
function variant(schema: TSchema, value: unknown): TSchema | undefined {
  const { anyOf } = schema as { anyOf?: { properties?: { type?: { const?: unknown } } }[] };
  const type = (value as { type?: unknown } | null | undefined)?.type;
  return anyOf?.find(({ properties }) => type !== undefined && properties?.type?.const === type) as TSchema | undefined;
}
