/** What a gateway sends of the game that ships: large messages of every kind, as they are. */
import { type Client, connect } from '../../client/index.ts';
import type { ServerMessage } from '../../shared/protocol.ts';

/** Into the world: the title leaves on START. */
const TO_THE_WORLD = 'W:60 START W:60 RIGHT*3 DOWN*2';
/** Pushes of sound that are looked at; the largest counts. */
const SOUNDS = 20;

export interface GameMessage {
  readonly name: string;
  readonly label: string;
  readonly message: ServerMessage;
}

export async function gameMessages(port: number): Promise<GameMessage[]> {
  const address = `http://127.0.0.1:${port}`;
  await using pad = await connect(address, { emulator: { kind: 'embedded' } });
  await pad.send(TO_THE_WORLD);
  const program = await Promise.all(
    [1024, 2048, 4096, 16_384].map(async (size) => ({
      name: `program_${size}`,
      label: `memory, ${size} bytes of program`,
      message: result(await pad.call('memory', { ranges: [[0, size]] })),
    })),
  );
  const save = await pad.save();
  return [
    ...program,
    {
      name: 'ram',
      label: 'memory, 8192 bytes of work RAM',
      message: result(await pad.call('memory', { ranges: [[0xc000, 8192]] })),
    },
    { name: 'stats', label: 'stats', message: push(await first(pad, 'stats')) },
    { name: 'raw', label: 'picture, raw', message: result(await pad.call('screen', { format: 'raw' })) },
    {
      name: 'checkpoint',
      label: 'a saved state',
      message: result(await pad.call('download_checkpoint', { name: save.checkpoint })),
    },
    { name: 'png', label: 'picture, PNG', message: result(await pad.call('screen', { format: 'png' })) },
    { name: 'key', label: 'screen channel, a whole picture', message: push(await first(pad, 'screen')) },
    { name: 'sound', label: 'audio channel', message: push(await largestSound(address)) },
  ];
}

async function first(pad: Client, channel: string): Promise<unknown> {
  for await (const { payload } of pad.subscribe(channel)) return payload;
  throw new Error(`nothing came on ${channel}`);
}

async function largestSound(address: string): Promise<Uint8Array> {
  await using pad = await connect(address, {
    emulator: { kind: 'embedded', sound: true },
    pace: 'realtime',
  });
  let largest = new Uint8Array();
  let seen = 0;
  for await (const { payload } of pad.subscribe('audio')) {
    if (payload instanceof Uint8Array && payload.length > largest.length) largest = payload.slice();
    seen += 1;
    if (seen === SOUNDS) break;
  }
  return largest;
}

function result(value: unknown): ServerMessage {
  return { type: 'result', id: 7, value };
}

function push(payload: unknown): ServerMessage {
  return { type: 'push', id: 1, n: 1, payload };
}
