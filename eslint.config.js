import tseslint from 'typescript-eslint'

const sizes = {
  complexity: ['error', 10],
  'max-depth': ['error', 3],
  'max-params': ['error', 4],
  'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 35, skipBlankLines: true, skipComments: true }],
}

export default tseslint.config(
  { ignores: ['dist/', '**/*.generated.*', 'node_modules/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...sizes,
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    // A test reads as one story: its length is the number of its cases.
    files: ['test/**', 'tools/**'],
    rules: {
      ...Object.fromEntries(
        ['max-lines-per-function', 'max-lines', 'max-params', 'complexity'].map((rule) => [rule, 'off']),
      ),
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-misused-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
)
