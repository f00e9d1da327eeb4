import { defineConfig } from 'vitest/config';

/** Only `.ci/python` has an environment with the Python client: it names the interpreter. */
const needsPython = process.env['JOYWIRE_PYTHON'] === undefined ? ['test/chaos/python.test.ts'] : [];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'node_modules/**', ...needsPython],
    testTimeout: 30_000,
  },
});
