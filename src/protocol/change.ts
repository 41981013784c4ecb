import { type TObject, type TSchema, Type } from '@sinclair/typebox';

import { analyses, type AnalysisName } from './analyses';
import { Failure } from './failure';
import { Manifest, type Pictures, Report } from './report';
import { Count } from './schema';

/* What became of a report, so that nothing crosses a process twice: items, thumbnails and all the rest cross once. */

const sectionChange = (item: TSchema, closing: TSchema): TSchema =>
  Type.Object({
    /** New items, each with its place among all of them, ascending. */
    added: Type.Array(Type.Object({ at: Count, item })),
    closing: Type.Partial(closing as TObject),
  });

/** Either the whole report, or what is new in it since the last change. */
export const ReportChange = Type.Union([
  Type.Object({ whole: Report }),
  Type.Object({
    manifest: Type.Partial(Manifest),
    sections: Type.Partial(
      Type.Object(
        Object.fromEntries(
          Object.entries(analyses).map(([name, { item, closing }]) => [name, sectionChange(item, closing)]),
        ),
      ),
    ),
    failures: Type.Optional(Type.Array(Failure)),
    thumbnails: Type.Record(Type.String(), Type.String()),
    pictures: Report.properties.pictures,
  }),
]);
export type ReportChange =
  | { readonly whole: Report }
  | {
      readonly manifest: Partial<Manifest>;
      readonly sections: Readonly<Partial<Record<AnalysisName, SectionChange>>>;
      readonly failures?: Failure[];
      readonly thumbnails: Record<string, string>;
      readonly pictures?: Record<string, Pictures>;
    };

interface SectionChange {
  readonly added: { readonly at: number; readonly item: unknown }[];
  readonly closing: Fields;
}

type Fields = Record<string, unknown>;

/** What turns `before` into `after`. Items are the same where they are the same object. */
export function difference(before: Report | undefined, after: Report): ReportChange {
  if (!before) return { whole: after };
  const sections: Partial<Record<AnalysisName, SectionChange>> = {};
  for (const name of Object.keys(analyses) as AnalysisName[]) {
    const [old, now] = [before.analyses[name], after.analyses[name]] as [Fields | undefined, Fields | undefined];
    const change = sectionDifference(analyses[name].items, old ?? {}, now ?? {});
    if (!change || (old && !now)) return { whole: after };
    if (now && (!old || change.added.length > 0 || Object.keys(change.closing).length > 0)) sections[name] = change;
  }
  const manifest = newFields(before.manifest, after.manifest);
  const thumbnails = newFields(before.thumbnails ?? {}, after.thumbnails ?? {});
  const pictures = newFields(before.pictures ?? {}, after.pictures ?? {});
  if (!manifest || !thumbnails || !pictures) return { whole: after };
  return {
    ...{ manifest, sections, thumbnails: thumbnails as Record<string, string> },
    ...(Object.keys(pictures).length > 0 && { pictures: pictures as Record<string, Pictures> }),
    ...(differs(before.failures, after.failures) && { failures: after.failures }),
  };
}

/** @throws RangeError where the change is not of this report. */
export function changed(report: Report | undefined, change: ReportChange): Report {
  if ('whole' in change) return change.whole;
  if (!report) throw new RangeError('a change must follow a whole report');
  const sections: Fields = { ...report.analyses };
  for (const [name, { added, closing }] of Object.entries(change.sections)) {
    const { items: key } = analyses[name as AnalysisName];
    const old = (sections[name] ?? {}) as Fields;
    const items = [...((old[key] ?? []) as unknown[])];
    for (const { at, item } of added) {
      if (at > items.length) throw new RangeError(`an item’s place must be at most ${items.length}, got ${at}`);
      items.splice(at, 0, item);
    }
    sections[name] = { ...old, ...((key in old || added.length > 0) && { [key]: items }), ...closing };
  }
  const thumbnails = { ...report.thumbnails, ...change.thumbnails };
  const pictures = { ...report.pictures, ...change.pictures };
  return {
    ...report,
    manifest: { ...report.manifest, ...change.manifest },
    analyses: sections,
    failures: change.failures ?? report.failures,
    ...(Object.keys(thumbnails).length > 0 && { thumbnails }),
    ...(Object.keys(pictures).length > 0 && { pictures }),
  };
}

/** Undefined where something was taken away, which only a whole report can say. */
function sectionDifference(key: string, before: Fields, after: Fields): SectionChange | undefined {
  const { [key]: oldItems = [], ...oldFields } = before;
  const { [key]: items = [], ...fields } = after;
  const closing = newFields(oldFields, fields);
  const old = oldItems as unknown[];
  const added: { at: number; item: unknown }[] = [];
  let met = 0;
  (items as unknown[]).forEach((item, at) => {
    if (met < old.length && item === old[met]) met++;
    else added.push({ at, item });
  });
  return closing && met === old.length ? { added, closing } : undefined;
}

/** Undefined where a field was taken away. */
function newFields(before: object, after: object): Fields | undefined {
  const old = new Map<string, unknown>(Object.entries(before));
  const fields = Object.entries(after).filter(([name, value]) => !old.has(name) || differs(old.get(name), value));
  return [...old.keys()].some((name) => !(name in after)) ? undefined : Object.fromEntries(fields);
}

function differs(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b);
}
