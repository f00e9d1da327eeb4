/** The running games as resources: a list, and of each its details and its screen. */
import {
  type McpServer,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import type { EmulatorListing } from '../../client/index.ts';
import { JoywireError } from '../../shared/errors.ts';
import { takePicture } from './picture.ts';
import type { Player } from './player.ts';

const LIST = 'joywire://emulators';

export function registerResources(server: McpServer, player: Player): void {
  const details = {
    title: 'Games',
    description: 'The emulators of the gateway, and who plays on them',
    mimeType: 'application/json',
  };
  server.registerResource('emulators', LIST, details, async (uri) => {
    const emulators = await (await player.watch()).emulators();
    return { contents: [json(uri, { emulators })] };
  });
  registerOf(
    server,
    player,
    'info',
    'application/json',
    'Details of a running game',
    async (uri, listing) => ({
      contents: [json(uri, listing)],
    }),
  );
  registerOf(server, player, 'screen', 'image/png', 'Screen of a running game', async (uri, { id }) => {
    const { png } = await takePicture(await player.watch(), 2, id);
    return {
      contents: [{ uri: uri.href, mimeType: 'image/png', blob: Buffer.from(png).toString('base64') }],
    };
  });
}

/** One resource for each running game. */
function registerOf(
  server: McpServer,
  player: Player,
  part: string,
  mimeType: string,
  description: string,
  read: (uri: URL, listing: EmulatorListing) => Promise<ReadResourceResult>,
): void {
  const list = async () => ({
    resources: (await running(player)).map(({ id, rom }) => ({
      uri: `${LIST}/${encodeURIComponent(id)}/${part}`,
      name: `${id} ${part}`,
      description: `${description}: ${rom}`,
      mimeType,
    })),
  });
  const template = new ResourceTemplate(`${LIST}/{id}/${part}`, { list });
  server.registerResource(part, template, { description, mimeType }, async (uri, { id }) => {
    const listing = (await running(player)).find((one) => encodeURIComponent(one.id) === id);
    if (listing === undefined) throw new ResourceNotFoundError(uri.href);
    return read(uri, listing);
  });
}

async function running(player: Player): Promise<EmulatorListing[]> {
  try {
    return (await (await player.watch()).emulators()).filter(({ state }) => state === 'leased');
  } catch (error) {
    if (error instanceof JoywireError) throw new Error(`${error.code}: ${error.message}`, { cause: error });
    throw error;
  }
}

function json(uri: URL, value: unknown) {
  return { uri: uri.href, mimeType: 'application/json', text: JSON.stringify(value) };
}
