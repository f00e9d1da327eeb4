import { readFileSync } from 'node:fs';
import { systemClock } from '../../server/clock.ts';
import { openEmbedded } from '../../server/emulator/drivers/embedded/driver.ts';
import { WORKER_URL } from '../support/embedded.ts';
import { recorderRom } from '../support/test-rom.ts';
import { describeDriver } from './driver.ts';

const open = (name: string, bytes: Uint8Array) =>
  openEmbedded({ rom: { name, bytes }, workerUrl: WORKER_URL, clock: systemClock });

describeDriver('embedded', open('recorder', recorderRom()), { kind: 'embedded', romHash: true });
describeDriver('embedded, in colour', open('recorder', recorderRom({ color: 0x80 })), {
  kind: 'embedded',
  romHash: true,
});
describeDriver(
  'embedded, the game that ships',
  open('overworld', readFileSync(new URL('../../roms/overworld.gb', import.meta.url))),
  { kind: 'embedded', romHash: true },
);
