import { KindGuard, type Static, type TObject, type TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { AnalysisError } from '../base/errors';

/** The name of a property's option, where it is not the property's own in kebab case; null where it has none. */
export type Flags<T extends TObject> = { readonly [P in keyof T['properties']]?: string | null };

/** What the properties of a schema are, once the command line is parsed. */
export interface Values<T extends TObject> {
  /** Those of `base` (by default, the schema's defaults) but for what was typed. */
  (base?: Static<T>): Static<T>;
  /** The options that were typed, by property. */
  readonly typed: () => { readonly property: string; readonly option: string }[];
}

/**
 * Adds an option for each property of a schema, with its description, default and limits; the `title` of a property
 * stands for its value. A property that must be there and has no default makes an option that must be given.
 *
 * @throws AnalysisError 'invalid-input' where the values are asked for and a list has the wrong length
 */
export function addOptions<T extends TObject>(command: Command, schema: T, flags: Flags<T> = {}): Values<T> {
  const named: Readonly<Record<string, string | null | undefined>> = flags;
  const offered = Object.entries(schema.properties).flatMap(([property, own]) => {
    const name = named[property] === undefined ? kebabCase(property) : named[property];
    if (name === null) return [];
    const option = optionOf(name, own);
    command.addOption(option);
    const isRequired = schema.required?.includes(property) === true && !('default' in own);
    return [{ property, schema: own, option, isRequired }];
  });
  const isTyped = ({ option }: { readonly option: Option }): boolean => {
    return command.getOptionValueSource(option.attributeName()) === 'cli';
  };
  const values = (base = Value.Create(schema)): Static<T> => {
    // Looked for here, since commander looks for it before it finds the misspelt option that was meant for it.
    const missing = offered.find((one) => one.isRequired && !isTyped(one));
    if (missing) command.error(`error: required option '${missing.option.flags}' not specified`);
    const given = offered.flatMap((one): [string, unknown][] => {
      const { property, option } = one;
      const value: unknown = command.getOptionValue(option.attributeName());
      const wanted = isTyped(one) || !(property in base);
      return wanted && value !== undefined ? [[property, value]] : [];
    });
    const result: unknown = { ...base, ...Object.fromEntries(given) };
    if (Value.Check(schema, result)) return result;
    const path = Value.Errors(schema, result).First()?.path.split('/')[1];
    const wrong = offered.find(({ property }) => property === path);
    if (!wrong) throw new Error(`a base must be what its schema says, but for ${path}`);
    const values = [command.getOptionValue(wrong.option.attributeName())].flat();
    throw new AnalysisError(
      'invalid-input',
      `${wrong.option.long} must be ${inWords(wrong.schema)}, got ${values.length}`,
    );
  };
  const typed = (): ReturnType<Values<T>['typed']> => {
    return offered.filter(isTyped).map(({ property, option }) => ({ property, option: option.long ?? '' }));
  };
  return Object.assign(values, { typed });
}

function optionOf(name: string, schema: TSchema): Option {
  if (KindGuard.IsBoolean(schema)) return new Option(`--${name}`, schema.description);
  const option = new Option(`--${name} <${placeholder(schema)}>`, schema.description);
  const list: unknown = schema.default;
  if ('default' in schema) option.default(list, Array.isArray(list) ? list.join(',') : undefined);
  const choices = words(schema);
  if (choices) option.choices(choices);
  // A variadic option's values come one by one, and are checked when all are there.
  else if (!option.variadic) option.argParser((text) => parsed(schema, text));
  return option;
}

/** The value that a text stands for. */
function parsed(schema: TSchema, text: string): unknown {
  const value = split(schema, text) ?? scalar(schema)(text);
  if (!Value.Check(schema, value)) throw new InvalidArgumentError(`It must be ${inWords(schema)}.`);
  return value;
}

/** The values of a list, with commas between, or of a tuple whose title says that x is: hxw; undefined for other schemas. */
function split(schema: TSchema, text: string): unknown[] | undefined {
  if (KindGuard.IsArray(schema)) return text.split(',').map(scalar(schema.items));
  return KindGuard.IsTuple(schema)
    ? text.split('x').map((part, i) => scalar(schema.items[i] ?? schema)(part))
    : undefined;
}

/** The text itself where the schema takes it; else the number that it is, if it is one that is known exactly. */
const scalar =
  (schema: TSchema) =>
  (text: string): unknown => {
    const number = text.trim() === '' ? NaN : Number(text);
    return !Value.Check(schema, text) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : text;
  };

/** What stands for the value in `--option <value>`. */
function placeholder(schema: TSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (KindGuard.IsTuple(schema)) return `${placeholder(schema.items[0])}...`;
  if (KindGuard.IsArray(schema)) {
    return KindGuard.IsString(schema.items) ? `${placeholder(schema.items)}...` : 'list';
  }
  if (words(schema)) return 'id';
  if (KindGuard.IsUnion(schema)) return schema.anyOf.map(placeholder).join('|');
  if (KindGuard.IsLiteral(schema)) return String(schema.const);
  return KindGuard.IsInteger(schema) ? 'n' : KindGuard.IsNumber(schema) ? 'x' : 'text';
}

/** What a value must be, to be read after “must be”. */
function inWords(schema: TSchema): string {
  if (KindGuard.IsTuple(schema)) {
    if (schema.title !== undefined) return `${schema.items.length} whole numbers with x between, such as 224x224`;
    return `${schema.items.length} ${placeholder(schema.items[0])}s`;
  }
  if (KindGuard.IsArray(schema)) return `${inWords(schema.items)}, or several with commas between`;
  if (KindGuard.IsUnion(schema)) return schema.anyOf.map(inWords).join(' or ');
  if (KindGuard.IsLiteral(schema)) return String(schema.const);
  if (!KindGuard.IsNumber(schema) && !KindGuard.IsInteger(schema)) return 'a text';
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  const limits = Object.entries({
    'of at least': minimum,
    above: exclusiveMinimum,
    'of at most': maximum,
    below: exclusiveMaximum,
  });
  const set = limits.flatMap(([name, limit]) => (limit === undefined ? [] : [`${name} ${limit}`]));
  return [KindGuard.IsInteger(schema) ? 'a whole number' : 'a number', set.join(' and ')].join(' ').trimEnd();
}

/** The words of a choice; undefined where there is more to choose from than words. */
function words(schema: TSchema): string[] | undefined {
  if (!KindGuard.IsUnion(schema)) return undefined;
  const all = schema.anyOf.flatMap((one) => (KindGuard.IsLiteralString(one) ? [one.const] : []));
  return all.length === schema.anyOf.length ? all : undefined;
}

const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
