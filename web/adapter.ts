import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import adapterStatic from '@sveltejs/adapter-static';
import type { Adapter, Builder } from '@sveltejs/kit';

/**
 * adapter-static for an app whose one page has no inline script, so that it runs under
 * `script-src 'self'` on any static host, without a hash to keep in step with each build.
 * `api` is the origin of the server where that is not the one that serves the page.
 */
export default function staticApp({ out, api }: { out: string; api: string }): Adapter {
  const inner = adapterStatic({ pages: out, fallback: 'index.html', precompress: true });
  return {
    ...inner,
    adapt(builder) {
      const generateFallback: Builder['generateFallback'] = async (destination) => {
        await builder.generateFallback(destination);
        const page = readFileSync(destination, 'utf8').replace('%outlay.api%', api);
        writeFileSync(destination, moveScriptOut(page, dirname(destination)));
      };
      return inner.adapt(Object.assign(Object.create(builder), { generateFallback }));
    },
  };
}

function moveScriptOut(page: string, out: string): string {
  const inline = /<script>([\s\S]*?)<\/script>/g;
  const moved = page.replace(inline, (_, script: string) => {
    const hash = createHash('sha256').update(script).digest('base64url').slice(0, 8);
    const path = `_app/immutable/start.${hash}.js`;
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), script);
    return `<script src="/${path}"></script>`;
  });
  if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/.test(moved)) {
    throw new Error('index.html holds an inline script or style, which the content policy forbids');
  }
  return moved;
}
