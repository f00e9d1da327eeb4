/** The command line of the benchmark. */
import { parseArgs } from 'node:util';

/** @param parts the names that `--only` takes */
export function helpText(parts: readonly string[]): string {
  return `npm run bench -- [options]

Measures the gateway beside bare servers, Socket.IO, Colyseus and the bare core, interleaved, and prints ratios with their spread. Rounds
in which others used the machine are run again, within bounds. Exits 0 however slow the machine is, 1 when a result is wrong (a press
lost, an order changed) and 2 when an option is.

  --only PART   one part: ${parts.join(', ')}; may be repeated
  --quick       what the ratios need, in fewer and shorter rounds: below a minute. With --only any part
  --write       puts the figures into docs/benchmarks.md, its plots and, if all parts ran, README.md
  --json        machine-readable: one JSON object on stdout
  --help        this text
`;
}

export interface Options {
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly json: boolean;
  readonly write: boolean;
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
        write: { type: 'boolean', default: false },
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
