/** A session of the chaos that is played by the Python client, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type AgentReport, type ChosenPress, choosePresses, LOOK_EVERY, RAM, START_FRAMES } from './agent.ts';
import type { Player } from './chaos.ts';

const PROGRAM = fileURLToPath(new URL('../../client/python/tests/chaos_agent.py', import.meta.url));

const REPORT = z.object({
  recorded: z.array(z.int()),
  frame: z.int(),
  memory: z.array(z.string()),
  picture: z.string(),
  wrong: z.array(z.string()),
});

export class PythonAgent implements Player {
  readonly #python: string;
  readonly #presses: readonly ChosenPress[];
  readonly #onSettled: () => void;

  /** @param python the interpreter of an environment that has the package */
  constructor(python: string, seed: number, count: number, onSettled: () => void) {
    this.#python = python;
    this.#presses = choosePresses(seed, count);
    this.#onSettled = onSettled;
  }

  async run(url: string): Promise<AgentReport> {
    const presses = this.#presses;
    const agent = spawn(this.#python, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exit = once(agent, 'exit');
    agent.stdin.end(
      `${JSON.stringify({ url, presses, startFrames: START_FRAMES, lookEvery: LOOK_EVERY, ram: RAM })}\n`,
    );
    let last = '';
    for await (const line of createInterface({ input: agent.stdout })) {
      last = line;
      const [, count = '0'] = /^settled (\d+)$/.exec(line) ?? [];
      for (let left = Number(count); left > 0; left--) this.#onSettled();
    }
    await exit;
    if (agent.exitCode !== 0) throw new Error(`the Python agent ended with ${agent.exitCode}: ${last}`);
    const { recorded, frame, memory, picture, wrong } = REPORT.parse(JSON.parse(last));
    const end = { frame, memory: memory.map(bytes), picture: bytes(picture) };
    return { presses, recorded, end, wrong };
  }
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
