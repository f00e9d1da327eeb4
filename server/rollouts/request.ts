/** Reads what a client asks of a rollout. */
import { type Check, compact, field } from '../../shared/check.ts';
import { assertNever } from '../../shared/errors.ts';
import { type Capabilities, LIMITS, type Params, PICTURE_FORMATS } from '../../shared/protocol.ts';
import { MAX_RUN_OUTCOMES, type RunSpec, type RunWants } from '../../shared/rollout.ts';
import { parseScript, type ScriptNode } from '../../shared/script-parse.ts';
import { checkpointName, memoryRanges, optional } from '../../shared/settings.ts';

export interface RolloutRequest extends RunWants {
  /** Chosen by the client, so that the call can be made again. */
  readonly rollout: string | undefined;
  readonly runs: readonly RunSpec[];
  readonly frames: number;
  readonly hash: boolean;
  readonly keep: boolean;
  readonly outcomes: boolean;
}

/** What is wrong is in `check`. @param maxFrames most frames that a run may take */
export function rolloutRequest(check: Check, params: Params, maxFrames: number): RolloutRequest {
  const flag = (name: string) => optional(params, name, (v) => check.boolean(v, name));
  return {
    rollout: optional(params, 'rollout', (v) => rolloutId(check, v)),
    runs: runs(check, field(params, 'runs')),
    frames: optional(params, 'frames', (v) => check.integer(v, 'frames', 1, maxFrames)) ?? maxFrames,
    hash: flag('hash') ?? false,
    keep: flag('keep') ?? false,
    outcomes: flag('outcomes') ?? false,
    ...compact({
      memory: optional(params, 'memory', (v) => memoryRanges(check, v)),
      screen: optional(params, 'screen', (v) => check.oneOf(v, 'screen', PICTURE_FORMATS)),
    }),
  };
}

export function rolloutId(check: Check, value: unknown): string {
  return checkpointName(check, value, 'rollout');
}

function runs(check: Check, value: unknown): RunSpec[] {
  const list = check.list(value, 'runs', LIMITS.maxRuns);
  if (list.length === 0) check.fail('runs', value, `an array of 1 to ${LIMITS.maxRuns} runs`);
  return list.map((item, at) => {
    const run = check.map(item, `runs[${at}]`);
    const from = optional(run, 'from', (v) => checkpointName(check, v, `runs[${at}].from`));
    const script = field(run, 'script');
    return { script: check.text(script, `runs[${at}].script`, LIMITS.maxScriptLength), ...compact({ from }) };
  });
}

/** Why a script is not run. */
interface ScriptProblem {
  readonly code: 'invalid_script' | 'invalid_params';
  readonly message: string;
}

/** Undefined if the script can be run. Costs time in proportion to its text, whatever its repeats stand for. */
export function scriptProblem(
  script: string,
  { frames: maxFrames, outcomes }: Pick<RolloutRequest, 'frames' | 'outcomes'>,
  can: Capabilities,
): ScriptProblem | undefined {
  const parsed = parseScript(script, { maxInputs: maxFrames });
  if (!parsed.ok) {
    const { line, column, message, allowed } = parsed.error;
    const more = allowed === undefined ? '' : `; allowed: ${allowed}`;
    return { code: 'invalid_script', message: `line ${line}, column ${column}: ${message}${more}` };
  }
  const frames = parsed.value.reduce((sum, node) => sum + framesOf(node, can), 0);
  if (frames > maxFrames) {
    return { code: 'invalid_params', message: `it takes ${frames} frames; allowed: at most ${maxFrames}` };
  }
  const entries = parsed.value.reduce((sum, node) => sum + node.inputs, 0);
  if (!outcomes || entries <= MAX_RUN_OUTCOMES) return undefined;
  const message = `it stands for ${entries} entries; allowed with outcomes: at most ${MAX_RUN_OUTCOMES}`;
  return { code: 'invalid_params', message };
}

function framesOf(node: ScriptNode, can: Capabilities): number {
  switch (node.kind) {
    case 'press':
      return node.count * ((node.press.hold ?? can.nativeHold) + (node.press.gap ?? can.nativeGap));
    case 'group':
      return node.count * node.members.reduce((sum, member) => sum + framesOf(member, can), 0);
    default:
      return assertNever(node);
  }
}
