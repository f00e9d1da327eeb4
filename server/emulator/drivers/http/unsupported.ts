/** What a driver answers to what its capabilities say it cannot do. */
import { JoywireError } from '../../../../shared/errors.ts';

/** @throws JoywireError `unsupported`, always */
export async function unsupported(): Promise<never> {
  throw new JoywireError('unsupported', 'this kind of emulator cannot do that');
}
