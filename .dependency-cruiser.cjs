/** The rooms of the house and the doors between them. See ARCHITECTURE.md. */
const room = (name, from, to) => ({ name, severity: 'error', from: { path: from }, to });

/**
 * Each folder of src/analysis and what it may know there besides itself: folders, or single files of them. From the bottom
 * floor up.
 */
const doors = {
  base: [],
  math: ['base'],
  files: ['base'],
  network: ['base'],
  onnx: ['base', 'files', 'network'],
  compound: ['base', 'network'],
  formats: ['base', 'math', 'files', 'network', 'onnx', 'compound'],
  backends: ['base', 'math', 'network', 'onnx'],
  images: ['base', 'files'],
  model: ['base', 'math', 'files', 'network', 'formats', 'backends', 'images'],
  geometry: ['base', 'math', 'model/(classifier|countingClassifier)\\.ts'],
  study: ['base', 'math', 'images', 'model', 'geometry'],
  analyses: [
    'base',
    'math',
    'geometry',
    'study',
    'model/(classifier|countingClassifier)\\.ts',
    'images/networkImages\\.ts',
  ],
  preflight: ['base', 'math', 'images', 'model/classifier\\.ts'],
  reports: ['base'],
  job: ['base', 'math', 'files', 'images', 'model', 'preflight', 'study', 'analyses', 'reports'],
  process: ['base', 'backends/here\\.ts', 'model', 'study', 'job'],
  cli: ['base', 'images/sideFile\\.ts', 'backends', 'model', 'study', 'analyses', 'job', 'reports'],
};

/** Each folder of src/extension and the folders there that it may know; `commands` knows all. What stands loose, all may know. */
const editorDoors = {
  engine: [],
  files: [],
  runs: ['engine', 'files'],
  preflight: ['engine', 'files'],
  models: ['engine', 'files', 'runs'],
  choosing: ['files', 'models', 'runs'],
  series: ['files', 'models', 'runs'],
};

/** Each folder of webview-ui and the folders there that it may know. */
const pageDoors = {
  parts: [],
  figures: ['parts'],
  panel: ['parts', 'figures'],
  model: ['parts'],
  series: ['parts', 'figures'],
  preflight: ['parts'],
};

module.exports = {
  forbidden: [
    room('protocol-knows-nobody', '^src/protocol', { pathNot: '^(src/protocol|node_modules/@sinclair/typebox)' }),
    room('reading-knows-only-the-protocol', '^src/reading', { pathNot: '^src/(reading|protocol)' }),
    room('analysis-knows-no-editor', '^src/analysis', {
      path: '^(vscode$|node_modules/@types/vscode|src/extension|webview-ui)',
    }),
    room('extension-knows-no-numerics', '^src/extension', {
      path: '^(src/analysis|webview-ui|node_modules/(onnxruntime|@tensorflow|sharp|h5wasm|plotly))',
    }),
    room('webview-knows-only-protocol-and-reading', '^webview-ui', {
      path: '^src',
      pathNot: '^src/(protocol|reading)',
    }),
    {
      name: 'webview-runs-in-a-browser',
      severity: 'error',
      from: { path: '^webview-ui' },
      to: { dependencyTypes: ['core'] },
    },
    ...Object.entries(doors).map(([folder, known]) =>
      room(`${folder}-has-its-wall`, `^src/analysis/${folder}/`, {
        path: '^src/analysis/',
        pathNot: `^src/analysis/(${[folder, ...known].map((place) => (/\.ts$/.test(place) ? place : `${place}/`)).join('|')})`,
      }),
    ),
    ...Object.entries(editorDoors).map(([folder, known]) =>
      room(`editor-${folder}-has-its-wall`, `^src/extension/${folder}/`, {
        path: '^src/extension/[^/]+/',
        pathNot: `^src/extension/(${[folder, ...known].join('|')})/`,
      }),
    ),
    ...Object.entries(pageDoors).map(([folder, known]) =>
      room(`page-${folder}-has-its-wall`, `^webview-ui/${folder}/`, {
        path: '^webview-ui/',
        pathNot: `^webview-ui/(${[folder, ...known].join('|')})/`,
      }),
    ),
    room('no-file-stands-loose', '^src/analysis/(?!(?:' + Object.keys(doors).join('|') + ')/)', { path: '.' }),
    room('sessions-stay-in-backends', '^(src|webview-ui)/(?!analysis/backends/)', {
      path: 'node_modules/(onnxruntime|@tensorflow)',
    }),
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
