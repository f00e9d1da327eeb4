import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsHelp } from '../../../server/config-help.ts';
import { SETTINGS } from '../../../server/config-settings.ts';
import { packageRoot } from '../../../server/package.ts';

/** The rows of the page's tables as cells: how a formatter pads them does not matter. */
const rows = readFileSync(join(packageRoot, 'docs', 'operations.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe.each(SETTINGS)('$key', ({ key, flag, env, description, allowed, defaultText }) => {
  it('is in the help, with flag, variable, default, what is allowed and what it is for', () => {
    const paragraph = settingsHelp()
      .split('\n\n')
      .find((text) => new RegExp(`^\\s*--${flag}( |$)`, 'm').test(text));
    expect(paragraph).toContain(`environment: ${env}; in the file: ${key}`);
    expect(paragraph).toContain(`allowed: ${allowed}; default: ${defaultText ?? 'none'}`);
    expect(paragraph).toContain(`${description}.`);
  });

  it('is in docs/operations.md as it is in the schema', () => {
    const defaultCell = defaultText === undefined ? 'none' : `\`${defaultText}\``;
    const cells = [`\`${key}\``, `\`--${flag}\``, `\`${env}\``, defaultCell, allowed, description];
    expect(rows).toContainEqual(cells);
  });
});

it('docs/operations.md has no setting that is none', () => {
  const keys = rows.filter(([, flag]) => flag?.startsWith('`--')).map(([key]) => key);
  expect(keys).toEqual(SETTINGS.map(({ key }) => `\`${key}\``));
});
