/** The help for every setting, made from the schema. */
import { SETTINGS, type Setting } from './config-settings.ts';

/** One paragraph for each setting: flag, variable, default, what is allowed, what it does. */
export function settingsHelp(): string {
  return SETTINGS.map(settingHelp).join('\n');
}

function settingHelp(setting: Setting): string {
  const { key, flag, env, kind, description, allowed, defaultText } = setting;
  const value = kind === 'boolean' ? '' : ` <${kind === 'list' ? 'list' : kind}>`;
  return [
    `  --${flag}${value}`,
    `      ${description}.`,
    `      allowed: ${allowed}; default: ${defaultText ?? 'none'}`,
    `      environment: ${env}; in the file: ${key}`,
    '',
  ].join('\n');
}
