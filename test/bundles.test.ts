import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Bundle {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly imports: readonly { readonly path: string; readonly external?: boolean }[];
}

describe('the bundles', () => {
  const { outputs } = JSON.parse(readFileSync('dist/meta.json', 'utf8')) as {
    outputs: Readonly<Record<string, Bundle>>;
  };
  /** What a bundle holds, and what it loads besides Node's own modules. */
  const contents = (bundle: string): string[] => {
    const { inputs, imports } = outputs[bundle];
    return [...Object.keys(inputs), ...imports.filter(({ external }) => external).map(({ path }) => path)];
  };

  it('keep the extension host free of numerics, decoders and plotly', () => {
    const heavy = /onnxruntime|sharp|h5wasm|plotly|protobufjs|ml-matrix|src\/analysis|webview-ui/;
    assert.deepEqual(
      contents('dist/extension.js').filter((name) => heavy.test(name)),
      [],
    );
    assert.ok(contents('dist/extension.js').includes('vscode'));
  });

  it('open no port and reach no network', () => {
    for (const bundle of ['dist/extension.js', 'dist/engine.js', 'dist/cli.js']) {
      const imports = outputs[bundle].imports.map(({ path }) => path.replace('node:', ''));
      assert.deepEqual(
        imports.filter((name) => /^(net|http|https|http2|tls|dgram|dns)$/.test(name)),
        [],
        bundle,
      );
    }
  });

  it('keep the engine and the command line free of the editor', () => {
    for (const bundle of ['dist/engine.js', 'dist/cli.js']) {
      assert.deepEqual(
        contents(bundle).filter((name) => name === 'vscode' || /src\/extension|webview-ui|plotly/.test(name)),
        [],
      );
    }
  });

  it('keep the page free of everything but the protocol, the reading and plotly', () => {
    const own = Object.keys(outputs['dist/webview.js'].inputs);
    const foreign = own.filter(
      (name) => !/^(webview-ui|src\/(protocol|reading)|node_modules\/(plotly|@sinclair))/.test(name),
    );
    assert.deepEqual(foreign, []);
  });
});
