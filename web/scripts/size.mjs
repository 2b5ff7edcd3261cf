// Says how much JavaScript (gzip) the first visit to each page loads, and fails if one is over the budget.
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 100 * 1024;
const build = new URL('../build/', import.meta.url);
const kit = new URL('../.svelte-kit/', import.meta.url);
const manifest = JSON.parse(
  readFileSync(new URL('output/client/.vite/manifest.json', kit), 'utf8'),
);
const generated = 'generated/build/client-optimized/';
const { dictionary } = await routes();

function routes() {
  const app = readFileSync(new URL(`${generated}app.js`, kit), 'utf8');
  const [, table = '{}'] = /export const dictionary = (\{[\s\S]*?\n?\t?\});/.exec(app) ?? [];
  return { dictionary: JSON.parse(table.replace(/,(\s*[}\]])/g, '$1')) };
}

function withImports(key, seen = new Set()) {
  if (seen.has(key) || !manifest[key]) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) withImports(next, seen);
  return seen;
}

const weight = (file) => gzipSync(readFileSync(new URL(file, build))).length;
const node = (index) => `.svelte-kit/${generated}nodes/${Math.abs(index)}.js`;
const entries = Object.keys(manifest).filter(
  (key) => manifest[key].isEntry && /entry\/(start|app|payload)/.test(manifest[key].name),
);
const start = readdirSync(new URL('_app/immutable/', build)).filter((name) =>
  /^start\..*\.js$/.test(name),
);
const fixed = ['theme.js', ...start.map((name) => `_app/immutable/${name}`)];

let over = false;
for (const [route, [page, layouts = [], errors = []]] of Object.entries(dictionary)) {
  const nodes = [0, 1, page, ...layouts, ...errors].filter(
    (index) => index !== undefined && index !== null,
  );
  const keys = new Set();
  for (const key of [...entries, ...nodes.map(node)]) withImports(key, keys);
  const files = [...fixed, ...new Set([...keys].map((key) => manifest[key].file))].filter((file) =>
    file.endsWith('.js'),
  );
  const bytes = files.reduce((sum, file) => sum + weight(file), 0);
  over ||= bytes > budget;
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KiB  ${route}`);
}
if (over) {
  console.error(`over the budget of ${budget / 1024} KiB`);
  process.exit(1);
}
