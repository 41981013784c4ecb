import type { Report } from '../../protocol/report';

/** A path of a machine, from its root. */
const absolute = /(?<![\w.~-])(?:[A-Za-z]:)?(?:[\\/][^\\/\s'"<>|:;,()]+){2,}/g;

/** The report without the folders of the machine that it was made on: who is sent it knows files by their names. */
export function withoutPaths(report: Report): Report {
  const { manifest, failures, analyses } = report;
  const { compare, compare: { models } = {} } = analyses;
  const typed = (manifest.command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^['"]|['"]$/g, ''));
  const paths = [manifest.model.path, ...typed, ...(models ?? []).map(({ path }) => path)];
  const folders = [...new Set(paths.filter(isPath).map(folderOf))].sort((a, b) => b.length - a.length);
  const bare = (text: string): string => {
    const known = folders.reduce((rest, folder) => rest.replaceAll(folder, ''), text);
    return known.replace(absolute, (path) => path.slice(folderOf(path).length));
  };
  return {
    ...report,
    // Names of classes and images are no paths of the machine, whatever they look like.
    manifest: {
      ...everyString(manifest, bare),
      model: { ...everyString(manifest.model, bare), classes: manifest.model.classes },
    },
    failures: everyString(failures, bare),
    analyses: { ...analyses, ...(models && { compare: { ...compare, models: everyString(models, bare) } }) },
  };
}

/** Words of a command may be JSON or an address. */
const isPath = (word: string): boolean => /[\\/]/.test(word) && !/^[{[]|:\/\//.test(word);

/** With its last separator. */
const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

function everyString<T>(value: T, change: (text: string) => string): T {
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? change(inner) : inner));
  return JSON.parse(text) as T;
}
