import { expect, it } from 'vitest';
import { watchParent } from '../../../../server/commands/parent.ts';

function started(env: NodeJS.ProcessEnv) {
  const watch = { parent: 100, tick: () => undefined as void, gone: 0, ended: false };
  const end = watchParent(
    {
      env,
      parentId: () => watch.parent,
      every: (run) => {
        watch.tick = () => {
          if (!watch.ended) run();
        };
        return () => {
          watch.ended = true;
        };
      },
    },
    () => {
      watch.gone += 1;
    },
  );
  return { watch, end };
}

it('a process that npm started learns once that npm’s shell is gone', () => {
  const { watch } = started({ npm_lifecycle_event: 'start' });
  watch.tick();
  expect(watch.gone).toBe(0);
  watch.parent = 1;
  watch.tick();
  watch.tick();
  expect(watch.gone).toBe(1);
});

it('a process that somebody else started may be left alone, as daemons are', () => {
  const { watch } = started({});
  watch.parent = 1;
  watch.tick();
  expect(watch.gone).toBe(0);
});

it('nothing is noticed after the end', () => {
  const { watch, end } = started({ npm_lifecycle_event: 'npx' });
  end();
  watch.parent = 1;
  watch.tick();
  expect(watch.gone).toBe(0);
});
