/** In place of the SDK's macros and sequences, for which the page has no use: `vite.config.mjs` puts it there. */

export class Macro {
  constructor() {
    throw new Error('the page has no macros');
  }
}

export class MacroBook {
  define(): never {
    throw new Error('the page has no macros');
  }

  group(): never {
    throw new Error('the page has no sequences');
  }
}
