import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import staticApp from './adapter.ts';

const server = process.env['OUTLAY_SERVER'] ?? 'http://127.0.0.1:8080';

/** SvelteKit hides its announcer of page changes by a style attribute, which the content policy forbids; base.css does it. */
function announcerWithoutStyle(): Plugin {
  return {
    name: 'announcer-without-style',
    enforce: 'pre',
    transform: {
      filter: { id: /kit\/src\/runtime\/components\/root\.svelte$/ },
      handler: (code) => ({
        code: code.replace(/(id="svelte-announcer"[^>]*?)\sstyle="[^"]*"/, '$1'),
        map: { mappings: '' },
      }),
    },
  };
}

/**
 * What every page needs comes in one file, and what every signed-in page needs beside it in a second one. Left alone, each
 * module that two pages share becomes a file of its own: eighty of them on a first visit, and a tenth more to load. What
 * SvelteKit begins with stays apart, for it tells the rest its settings before that is evaluated.
 */
const files = [
  { name: 'start', priority: 3, test: /runtime\/client\/payload\.js|vite\/preload-helper/ },
  {
    name: 'base',
    priority: 2,
    test: /routes\/\+(layout|error)\.|hooks\.client|session\/session\.svelte/,
  },
  {
    name: 'frame',
    priority: 1,
    test: /routes\/\(app\)\/(\[\[ledger=ledger\]\]\/)?\+(layout|error)\./,
  },
];

export default defineConfig({
  plugins: [
    announcerWithoutStyle(),
    sveltekit({
      adapter: staticApp({ out: 'build', api: process.env['OUTLAY_API'] ?? '' }),
      compilerOptions: { runes: true },
      serviceWorker: { register: true },
      version: { pollInterval: 0 },
    }),
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['baseLocale'],
      emitTsDeclarations: true,
    }),
  ],
  // light-dark() stays as it is written: lowering it triples the tokens
  build: { assetsInlineLimit: 0, cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
  environments: {
    client: { build: { rolldownOptions: { output: { codeSplitting: { groups: files } } } } },
  },
  server: {
    proxy: Object.fromEntries(['/api', '/health', '/.well-known'].map((path) => [path, server])),
  },
});
