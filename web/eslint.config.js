import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['build/', '.svelte-kit/', 'src/lib/paraglide/', 'src/lib/api/schema.ts'] },
  js.configs.recommended,
  ts.configs.strict,
  ts.configs.stylistic,
  svelte.configs.recommended,
  svelte.configs.prettier,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-undef': 'off',
      // resolve() is for its typed addresses; the app always lives at the root of its host
      'svelte/no-navigation-without-resolve': 'off',
      'no-console': ['error', { allow: ['error', 'log'] }],
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'max-lines': ['error', { max: 400 }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['src/lib/ui/**', 'src/lib/money/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^#lib/(?!ui/|money/|paraglide/|locale/)',
              message: 'The design system and the arithmetic know nothing of the app.',
            },
            {
              regex: '/api/',
              message: 'The design system and the arithmetic know nothing of the API.',
            },
          ],
        },
      ],
    },
  },
);
