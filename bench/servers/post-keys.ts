/** What an agent without a gateway does: one HTTP request for its keys. */
import type { Pool } from 'undici';
import { formatButtons } from '../../client/index.ts';

/** Gives the emulator these keys, in order. @throws Error when it does not take them */
export async function postKeys(pool: Pool, keys: readonly number[]): Promise<void> {
  const { body, statusCode } = await pool.request({
    method: 'POST',
    path: '/action',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      action_type: 'press_key',
      keys: keys.map((mask) => formatButtons(mask).toLowerCase()),
    }),
  });
  await body.dump();
  if (statusCode !== 200) throw new Error(`the emulator answered ${statusCode}`);
}
