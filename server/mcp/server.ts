/** An MCP server for one player: the same tools, resources and texts whichever way the client comes in. */
import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { packageVersion } from '../package.ts';
import { instructionsFor, playPrompt } from './instructions.ts';
import type { Player } from './player.ts';
import { registerResources } from './resources.ts';
import type { Tool } from './tool.ts';
import { deleteCheckpoint, listCheckpoints, loadCheckpoint, saveCheckpoint } from './tools/checkpoints.ts';
import { giveBack, takeControl } from './tools/control.ts';
import { emulators, reset, setPace, startGame } from './tools/games.ts';
import { look, readMemory } from './tools/look.ts';
import { press } from './tools/press.ts';
import { rollouts } from './tools/rollouts.ts';
import { stats } from './tools/stats.ts';

/** In the order in which they are listed: what is needed most comes first. */
const TOOLS: readonly Tool[] = [
  press,
  look,
  readMemory,
  saveCheckpoint,
  loadCheckpoint,
  listCheckpoints,
  deleteCheckpoint,
  rollouts,
  reset,
  startGame,
  setPace,
  emulators,
  stats,
  takeControl,
  giveBack,
];

/** Whoever may only watch is not offered what would be refused. */
export function createMcpServer(player: Player): McpServer {
  const { mayPlay } = player;
  const server = new McpServer(
    { name: 'joywire', title: 'Joywire', version: packageVersion },
    { instructions: instructionsFor(mayPlay) },
  );
  for (const tool of TOOLS) if (mayPlay || tool.watchers) tool.register(server, player);
  registerResources(server, player);
  player.onGame(() => server.sendResourceListChanged());
  if (mayPlay) registerPrompt(server);
  return server;
}

function registerPrompt(server: McpServer): void {
  const goal = z.string().optional().describe('What to reach, such as "wake the beacon"');
  server.registerPrompt(
    'play',
    { title: 'Play the game', description: 'Plays the game towards a goal', argsSchema: z.object({ goal }) },
    ({ goal: aim }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: playPrompt(aim) } }],
    }),
  );
}
