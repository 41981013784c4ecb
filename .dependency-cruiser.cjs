/** The rooms of the house and the doors between them. See ARCHITECTURE.md. */
const room = (name, from, to) => ({ name, severity: 'error', from: { path: from }, to });
const analysis = (folders) => `^src/analysis/(${folders})`;

module.exports = {
  forbidden: [
    room('protocol-knows-nobody', '^src/protocol', { pathNot: '^(src/protocol|node_modules/@sinclair/typebox)' }),
    room('analysis-knows-no-editor', '^src/analysis', {
      path: '^(vscode$|node_modules/@types/vscode|src/extension|webview-ui)',
    }),
    room('extension-knows-no-numerics', '^src/extension', {
      path: '^(src/analysis|webview-ui|node_modules/(onnxruntime|sharp|h5wasm|plotly))',
    }),
    room('webview-knows-only-the-protocol', '^webview-ui', { path: '^src', pathNot: '^src/protocol' }),
    {
      name: 'webview-runs-in-a-browser',
      severity: 'error',
      from: { path: '^webview-ui' },
      to: { dependencyTypes: ['core'] },
    },
    room('math-knows-no-network', analysis('math/'), { path: '^src/analysis/(?!math/|errors)' }),
    room('geometry-knows-only-the-classifier-interface', analysis('geometry/'), {
      path: '^src/analysis/(?!math/|geometry/|errors|classifier\\.ts)',
    }),
    room('network-knows-no-format-and-no-backend', analysis('network/'), {
      path: '^src/analysis/(?!network/|errors)',
    }),
    room('formats-know-only-the-network', analysis('formats/'), {
      path: '^src/analysis/(?!formats/|network/|errors)',
    }),
    room('backends-know-only-the-network', analysis('backends/'), {
      path: '^src/analysis/(?!backends/|network/|errors)',
    }),
    room('images-know-no-network', analysis('images/'), { path: '^src/analysis/(?!images/|errors|words)' }),
    room('analyses-know-no-file', analysis('analyses/'), {
      path: '^src/analysis/(formats|backends|images|reports)/',
    }),
    room('sessions-stay-in-backends', '^(src|webview-ui)/(?!analysis/backends/)', { path: 'node_modules/onnxruntime' }),
    room('decoding-stays-in-images', '^(src|webview-ui)/(?!analysis/images/)', { path: 'node_modules/sharp' }),
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
