import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsHelp } from '../../../server/config-help.ts';
import { SETTINGS } from '../../../server/config-settings.ts';
import { packageRoot } from '../../../server/package.ts';

const page = readFileSync(join(packageRoot, 'docs', 'operations.md'), 'utf8');

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
    const cells = [
      `\`${key}\``,
      `\`--${flag}\``,
      `\`${env}\``,
      defaultText === undefined ? 'none' : `\`${defaultText}\``,
      allowed,
    ];
    expect(page).toContain(`| ${cells.join(' | ')} |`);
  });
});
