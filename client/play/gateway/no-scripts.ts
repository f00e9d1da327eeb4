/** In place of the SDK's scripts, for which the page has no use: `vite.config.mjs` puts it there. */

export function scriptUnits(): never {
  throw new Error('the page has no scripts');
}

export function compiledScript(): never {
  throw new Error('the page has no scripts');
}
