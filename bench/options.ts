/** The command line of the benchmark. */
import { parseArgs } from 'node:util';

export const HELP = `npm run bench -- [options]

Measures the gateway beside bare servers and the bare core, interleaved, and prints ratios with their spread. Exits 0 however
slow the machine is, 1 when a result is wrong (a press lost, an order changed) and 2 when an option is.

  --only PART   one part: bursts, round-trips, scenarios, frames, isolation, idle-press, journal, watchers, screen; may be repeated
  --quick       fewer and shorter rounds: below a minute
  --json        machine-readable: one JSON object on stdout
  --help        this text
`;

export interface Options {
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export type OptionsResult =
  | { readonly ok: true; readonly options: Options }
  | { readonly ok: false; readonly problem: string };

/** @param parts the names that `--only` takes */
export function readOptions(args: readonly string[], parts: readonly string[]): OptionsResult {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true, default: [] },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = values.only.find((name) => !parts.includes(name));
    if (unknown === undefined) return { ok: true, options: values };
    return { ok: false, problem: `--only: got ${unknown}; allowed: ${parts.join(', ')}` };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
