import { mkdir, writeFile } from 'node:fs/promises';

import { protocolExports } from './protocol.mjs';

/** Writes the JSON Schemas that ship with the package; their source is src/protocol. */
export async function writeSchemas() {
  const { Report, SideFile } = await protocolExports('report', 'sideFile');
  await mkdir('schema', { recursive: true });
  for (const [name, schema] of Object.entries({ report: Report, 'side-file': SideFile })) {
    const document = { $schema: 'http://json-schema.org/draft-07/schema#', ...schema };
    await writeFile(`schema/${name}.schema.json`, `${JSON.stringify(document, null, 2)}\n`);
  }
}
