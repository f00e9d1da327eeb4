/** What a hello asks of the emulator that it gets, and whether that emulator can do it. Pure. */
import type { Hello } from '../../shared/protocol.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { PaceSetting } from '../emulator/pace.ts';
import { commandUnsupported, observeUnsupported } from '../emulator/support.ts';

/** What hello asks for and the emulator cannot do. */
export function unsupported(hello: Hello, emulator: Emulator): string | undefined {
  const command = { method: 'pace', ...wantedPace(hello, emulator) } as const;
  return (
    commandUnsupported(command, emulator.capabilities) ??
    observeUnsupported(hello.observe, emulator.capabilities)
  );
}

/** Who takes a game over takes it as it is. */
export function otherGame(
  { emulator: { kind, rom, state } = {} }: Hello,
  { info }: Emulator,
): string | undefined {
  if (state !== undefined) return 'emulator.state: who takes over goes on with the game as it is';
  if (kind !== undefined && kind !== info.kind) return `emulator.kind: ${info.id} is of kind ${info.kind}`;
  if (rom === undefined || rom === info.rom || rom.toLowerCase() === info.romHash) return undefined;
  return `emulator.rom: ${info.rom} is running there`;
}

/**
 * The pace that hello asks for. What it does not say stays as it is; an emulator that knows only one pace has that unless another is asked for.
 */
export function wantedPace({ pace, speed }: Hello, { capabilities, pace: now }: Emulator): PaceSetting {
  if (pace !== undefined) return { pace, speed: speed ?? 1 };
  const [only, other] = capabilities.paces;
  const kept = only !== undefined && other === undefined ? only : now.pace;
  return { pace: kept, speed: speed ?? now.speed };
}
