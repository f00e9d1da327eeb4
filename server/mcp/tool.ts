/** What a tool is: schemas, texts for the model, and what it does for a player. Errors become results that a model can read. */
import type { CallToolResult, McpServer, ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { JoywireError } from '../../shared/errors.ts';
import type { Player } from './player.ts';

/** What a tool gives: the same for programs and for reading, and pictures. */
export interface ToolResult<Value> {
  readonly value: Value;
  readonly text: string;
  /** PNG files. */
  readonly pictures?: readonly Uint8Array[];
  /** Whether what was asked for was not done, or not all of it. */
  readonly failed?: boolean;
}

export interface ToolRun {
  /** Aborted when whoever asked does not want the answer any more. */
  readonly signal: AbortSignal;
}

export interface ToolSpec<Input extends z.ZodRawShape, Output extends z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  /** For the model: when to use it, how, and how to read what comes back. */
  readonly description: string;
  /** Whether somebody who may only watch has it. @default false */
  readonly watchers?: boolean;
  readonly annotations: ToolAnnotations;
  readonly input: z.ZodObject<Input>;
  readonly output: z.ZodObject<Output>;
  readonly run: (
    input: z.output<z.ZodObject<Input>>,
    player: Player,
    run: ToolRun,
  ) => Promise<ToolResult<z.input<z.ZodObject<Output>>>>;
}

/** A tool that can be given to a server. */
export interface Tool {
  readonly name: string;
  readonly watchers: boolean;
  readonly register: (server: McpServer, player: Player) => void;
}

const NOTES = {
  notes: z.array(z.string()).optional().describe('What has happened to the game since the call before'),
};

export function defineTool<Input extends z.ZodRawShape, Output extends z.ZodRawShape>(
  spec: ToolSpec<Input, Output>,
): Tool {
  const { name, title, description, annotations, watchers = false } = spec;
  const config = {
    title,
    description,
    annotations: { openWorldHint: false, ...annotations },
    inputSchema: spec.input,
    outputSchema: spec.output.extend(NOTES),
  };
  const register = (server: McpServer, player: Player): void => {
    server.registerTool<z.ZodObject, z.ZodObject<Input>>(
      name,
      config,
      async (input, { mcpReq: { signal } }) => {
        try {
          return resultOf(await spec.run(input, player, { signal }), player.takeNotes());
        } catch (error) {
          return failureOf(player.explain(error), player.takeNotes());
        }
      },
    );
  };
  return { name, watchers, register };
}

function resultOf(
  { value, text, pictures = [], failed = false }: ToolResult<object>,
  notes: string[],
): CallToolResult {
  return {
    content: [
      { type: 'text', text: withNotes(text, notes) },
      ...pictures.map((bytes) => ({
        type: 'image' as const,
        mimeType: 'image/png',
        data: Buffer.from(bytes).toString('base64'),
      })),
    ],
    structuredContent: { ...value, ...(notes.length > 0 && { notes }) },
    ...(failed && { isError: true }),
  };
}

/** A fault of the tool itself is one of ours, and told as one. */
function failureOf(error: unknown, notes: string[]): CallToolResult {
  const text =
    error instanceof JoywireError ? `${error.code}: ${error.message}` : `internal: ${String(error)}`;
  return { content: [{ type: 'text', text: withNotes(text, notes) }], isError: true };
}

function withNotes(text: string, notes: readonly string[]): string {
  return [text, ...notes.map((note) => `Note: ${note}.`)].join('\n');
}
