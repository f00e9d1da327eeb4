// `npm run fuzz -- --seconds N --seed S`: the fuzzer of fuzz.test.ts, for as long as one likes.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
for (const [name, text] of Object.entries(values)) {
  if (/^\d+$/.test(text)) continue;
  console.error(`--${name}: got ${text}; allowed: a whole number`);
  process.exit(2);
}
const env = {
  ...process.env,
  JOYWIRE_FUZZ_SECONDS: values.seconds,
  ...(values.seed !== undefined && { JOYWIRE_TEST_SEED: values.seed }),
};
const { status } = spawnSync('npx', ['vitest', 'run', 'test/fuzz'], { stdio: 'inherit', env });
process.exitCode = status ?? 1;
