import { unzipSync } from 'fflate';

import { AnalysisError } from '../base/errors';

const LARGEST_INFLATION = 100;
const LARGEST_INFLATED = 256 * 2 ** 20;

/**
 * Members of a zip archive that nobody vouches for, by name.
 *
 * @param bytes the archive
 * @param name the file, for messages
 * @param wanted which members to unpack; every member is checked
 * @throws AnalysisError 'model-unreadable' where it is no zip archive, or where a member is named twice or outside the
 *   archive; 'limit-exceeded' where one grows over 100-fold and beyond 256 MiB when unpacked
 */
export function unzip(
  bytes: Uint8Array,
  name: string,
  wanted: (member: string) => boolean,
): ReadonlyMap<string, Uint8Array> {
  const seen = new Set<string>();
  try {
    const members = unzipSync(bytes, {
      filter: (member) => {
        checkMemberName(member.name, name);
        if (seen.has(member.name)) {
          throw new AnalysisError('model-unreadable', `${name}: member "${member.name}" is there twice.`);
        }
        seen.add(member.name);
        if (member.originalSize > LARGEST_INFLATED && member.originalSize > LARGEST_INFLATION * member.size) {
          throw new AnalysisError(
            'limit-exceeded',
            `${name}: member "${member.name}" must grow at most ${LARGEST_INFLATION}-fold when unpacked, ` +
              `got ${member.size} to ${member.originalSize} bytes.`,
          );
        }
        return wanted(member.name);
      },
    });
    return new Map(Object.entries(members));
  } catch (error) {
    if (error instanceof AnalysisError) throw error;
    throw new AnalysisError('model-unreadable', `${name} must be a zip archive: ${String(error)}.`, { cause: error });
  }
}

function checkMemberName(member: string, name: string): void {
  const outside = /^[/\\]|^[A-Za-z]:|\0/.test(member) || member.split(/[/\\]/).includes('..');
  if (outside) {
    throw new AnalysisError(
      'model-unreadable',
      `${name}: member ${JSON.stringify(member)} must lie inside the archive.`,
    );
  }
}
