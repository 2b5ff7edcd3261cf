import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Without SvelteKit and the compiler of messages, which keep a server and watchers alive; `npm test` compiles them before.
export default defineConfig({
  plugins: [svelte({ compilerOptions: { runes: true } })],
  resolve: { conditions: ['browser'] },
  test: { include: ['src/**/*.test.ts'] },
});
