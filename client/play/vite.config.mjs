/** Builds the page into `dist/play`, from where the gateway serves it. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const local = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What codes mean is written out for the docs; the page has words of its own. */
const withoutMeanings = {
  name: 'without-meanings',
  transform(code, id) {
    if (!/shared\/(?:errors|close-codes)\.ts$/.test(id)) return undefined;
    return { code: code.replace(/,\s*meaning:\s*(?:'[^']*'|"[^"]*"|`[^`]*`)/g, ''), map: null };
  },
};

export default defineConfig({
  root: local('.'),
  plugins: [withoutMeanings],
  // Relative, so that the page also works behind a path of a proxy.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: {
    alias: [
      { find: '#open-socket', replacement: local('../open-socket.browser.ts') },
      // The page has no use for these.
      { find: /^\.\/rollout\.ts$/, replacement: local('gateway/no-rollouts.ts') },
      { find: /^\.\/macros\.ts$/, replacement: local('gateway/no-macros.ts') },
      { find: /^\.\/script-units\.ts$/, replacement: local('gateway/no-scripts.ts') },
      // Browsers have an encoder of their own.
      { find: /^.*\/screen\/png\.ts$/, replacement: local('gateway/canvas-png.ts') },
    ],
  },
  build: {
    outDir: local('../../dist/play'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    // An asset written into the page as a data: URL would need a wider policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  logLevel: 'warn',
});
