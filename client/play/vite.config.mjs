/** Builds the page into `dist/play`, from where the gateway serves it. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const local = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: local('.'),
  // Relative, so that the page also works behind a path of a proxy.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: {
    alias: [
      { find: '#open-socket', replacement: local('../open-socket.browser.ts') },
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
