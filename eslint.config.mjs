import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import jsdoc from 'eslint-plugin-jsdoc';
import importSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

import throws from './lint/throws.cjs';
import { protocolExports } from './scripts/protocol.mjs';

const { analysisFailures } = await protocolExports('failure');

export default tseslint.config(
  { ignores: ['dist', 'out', 'coverage', '.cache', '.cuda', '.tensorflow', '**/*.mjs', '**/*.cjs'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  prettier,
  {
    languageOptions: {
      parserOptions: {
        project: [
          'src/protocol/tsconfig.json',
          'src/reading/tsconfig.json',
          'src/extension/tsconfig.json',
          'src/analysis/tsconfig.json',
          'webview-ui/tsconfig.json',
          'test/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { jsdoc, importSort },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      curly: ['error', 'multi-line', 'consistent'],
      'importSort/imports': 'error',
      'jsdoc/check-param-names': ['error', { disableMissingParamChecks: true }],
      'jsdoc/check-tag-names': 'error',
      'no-console': 'error',
      // An operator without attributes has exactly that: the empty object.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
    },
  },
  {
    files: ['src/analysis/**', 'src/reading/**'],
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          enableFixer: false,
          require: { FunctionDeclaration: true, ClassDeclaration: true },
          contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'],
        },
      ],
    },
  },
  {
    files: ['src/**'],
    plugins: { lens: { rules: { throws } } },
    rules: { 'lens/throws': ['error', { codes: analysisFailures }] },
  },
  {
    // These are programs for the terminal.
    files: ['test/zoo/**', 'test/bench/**', 'test/vscode/runHost.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
);
