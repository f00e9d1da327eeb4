/** In place of the SDK's rollouts, for which the page has no use: `vite.config.mjs` puts it there. */

export class ClientRollout {
  constructor() {
    throw new Error('the page has no rollouts');
  }
}
