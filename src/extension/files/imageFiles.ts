import path from 'node:path';

/** Files that are an image each; the menus' `when` clauses say the same. */
const imageName = /\.(png|jpe?g|bmp|gif|webp|tiff?)$/i;

export function isImage(file: string): boolean {
  return imageName.test(file);
}

/** The deepest folder that holds all of these images and folders. */
export function commonFolder(given: readonly string[]): string {
  const [first = '', ...others] = given.map((each) => (isImage(each) ? path.dirname(each) : each));
  let folder = first;
  for (const other of others) {
    while (!isWithin(other, folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  }
  return folder;
}

/**
 * Where the image of this name may lie, the likeliest first. Reports name images by their path from what was given or,
 * where these would clash, from the folder that holds everything given.
 */
export function imageCandidates(given: readonly string[], name: string): string[] {
  const direct = given.flatMap((each) => {
    if (!isImage(each)) return [path.join(each, name)];
    return path.join(path.dirname(each), name) === each ? [each] : [];
  });
  const files = [...direct, ...(given.length > 1 ? [path.join(commonFolder(given), name)] : [])];
  return [...new Set(files)].filter((file) => isImage(file));
}

/** A folder and those above it, the deepest first. */
export function upwards(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}

function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}
