/** MCP clients for tests, made with the library's own client. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));

/** A tool's answer in parts. */
export interface Told {
  readonly failed: boolean;
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** PNG files. */
  readonly pictures: readonly Uint8Array[];
}

export class McpClient implements AsyncDisposable {
  readonly client: Client;
  /** What the server process said on stderr. */
  readonly said: string[] = [];

  constructor(mode: 'legacy' | 'auto' = 'legacy') {
    this.client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  }

  /** Calls a tool. */
  async tool(name: string, args: Readonly<Record<string, unknown>> = {}): Promise<Told> {
    const {
      content,
      structuredContent = {},
      isError = false,
    } = await this.client.callTool({
      name,
      arguments: args,
    });
    return {
      failed: isError,
      text: content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
      value: z.record(z.string(), z.unknown()).parse(structuredContent),
      pictures: content.flatMap((part) => (part.type === 'image' ? [Buffer.from(part.data, 'base64')] : [])),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** A client before `joywire mcp` as built, in a process of its own. */
export async function mcpProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  mode?: 'legacy' | 'auto',
): Promise<McpClient> {
  const mcp = new McpClient(mode);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, 'mcp', ...args],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stderr: 'pipe',
  });
  transport.stderr?.on('data', (chunk) => mcp.said.push(String(chunk)));
  await mcp.client.connect(transport);
  return mcp;
}

/** A client before a gateway's `/mcp`, and its transport. */
export async function mcpHttp(
  port: number,
  token?: string,
  mode?: 'legacy' | 'auto',
): Promise<McpClient & { readonly transport: StreamableHTTPClientTransport }> {
  const mcp = new McpClient(mode);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), {
    requestInit: { headers },
  });
  await mcp.client.connect(transport);
  return Object.assign(mcp, { transport });
}
