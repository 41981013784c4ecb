import path from 'node:path';

import { build } from 'esbuild';

/** What files of src/protocol export, for scripts that Node runs as they are. */
export async function protocolExports(...names) {
  const { outputFiles } = await build({
    stdin: {
      contents: names.map((name) => `export * from './src/protocol/${name}';`).join('\n'),
      resolveDir: path.join(import.meta.dirname, '..'),
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
  });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${source}`);
}
