/** The parts of the benchmark, in the order in which they run. */
import type { Bench } from '../bench.ts';
import type { PartReport } from '../report/report.ts';
import { bytes } from './bytes.ts';
import { journal } from './journal.ts';
import { frames } from './frames.ts';
import { memory } from './memory.ts';
import { idlePress } from './idle-press.ts';
import { isolation } from './isolation.ts';
import { peers } from './peers.ts';
import { profile } from './profile.ts';
import { rollouts } from './rollouts.ts';
import { screen } from './screen.ts';
import { strategies } from './strategies.ts';
import { scenarios } from './scenarios.ts';
import { watchers } from './watchers.ts';

type Part = (bench: Bench) => Promise<PartReport>;

/** What the ratios need: all that a quick run does unless it is told otherwise. */
export const COMPARED: Readonly<Record<string, Part>> = { peers, scenarios, frames, memory, strategies };
export const PARTS: Readonly<Record<string, Part>> = {
  ...COMPARED,
  isolation,
  'idle-press': idlePress,
  journal,
  watchers,
  screen,
  rollouts,
  profile,
  bytes,
};
