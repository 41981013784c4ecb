import { mkdir, writeFile } from 'node:fs/promises';

import { build } from 'esbuild';

/** Writes the JSON Schemas that ship with the package; their source is src/protocol. */
export async function writeSchemas() {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { Report } from './src/protocol/report'; export { SideFile } from './src/protocol/sideFile';`,
      resolveDir: '.',
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
  });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  const { Report, SideFile } = await import(`data:text/javascript;base64,${source}`);
  await mkdir('schema', { recursive: true });
  for (const [name, schema] of Object.entries({ report: Report, 'side-file': SideFile })) {
    const document = { $schema: 'http://json-schema.org/draft-07/schema#', ...schema };
    await writeFile(`schema/${name}.schema.json`, `${JSON.stringify(document, null, 2)}\n`);
  }
}
