// `npm run chaos -- --inputs N --seed S`: the run of chaos.test.ts, as long as one likes.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string' } },
});
for (const [name, text] of Object.entries(values)) {
  if (/^\d+$/.test(text)) continue;
  console.error(`--${name}: got ${text}; allowed: a whole number`);
  process.exit(2);
}
const env = {
  ...process.env,
  JOYWIRE_CHAOS_INPUTS: values.inputs,
  ...(values.seed !== undefined && { JOYWIRE_TEST_SEED: values.seed }),
};
const { status } = spawnSync('npx', ['vitest', 'run', 'test/chaos'], { stdio: 'inherit', env });
process.exitCode = status ?? 1;
