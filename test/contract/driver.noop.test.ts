import { openNoop } from '../../server/emulator/drivers/noop.ts';
import { describeDriver } from './driver.ts';

describeDriver('noop', openNoop(), { kind: 'noop', romHash: false });
