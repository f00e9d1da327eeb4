/** One MCP session over HTTP: its transport, its player, and whether anybody still uses it. */
import { v4 as uuid } from 'uuid';
import type { Identity } from '../access/identity.ts';
import { mayDo } from '../access/identity.ts';
import type { LocalDoor } from './local-door.ts';
import { Player } from './player.ts';
import { createMcpServer } from './server.ts';
import { McpTransport } from './transport.ts';

export interface HttpSessionEvents {
  /** The client has said initialize; from here on it has an id. */
  readonly opened: (id: string) => void;
  /** The client has ended it. */
  readonly ended: (id: string) => void;
}

export class HttpSession {
  /** Name of the token it began with. */
  readonly owner: string;
  readonly #player: Player;
  readonly #door: LocalDoor;
  readonly #transport: McpTransport;
  readonly #connected: Promise<void>;
  /** Requests and streams that are open. */
  #open = 0;
  #usedAtMs: number;

  constructor(identity: Identity, door: LocalDoor, nowMs: number, { opened, ended }: HttpSessionEvents) {
    this.owner = identity.name;
    this.#door = door;
    this.#usedAtMs = nowMs;
    this.#player = new Player(door.open, mayDo(identity, 'play'), { label: 'mcp' });
    this.#transport = new McpTransport({
      // Whoever knows it and has a token of the same name plays on: so it has to be one that cannot be guessed.
      sessionIdGenerator: () => uuid(),
      onsessioninitialized: opened,
      onsessionclosed: ended,
    });
    this.#connected = createMcpServer(this.#player)
      .connect(this.#transport)
      .then(() => this.#transport.followCancellations());
  }

  get id(): string | undefined {
    return this.#transport.sessionId;
  }

  /** Whether it has a game. */
  get plays(): boolean {
    return this.#player.plays;
  }

  get mayPlay(): boolean {
    return this.#player.mayPlay;
  }

  async answer(request: Request, identity: Identity): Promise<Response> {
    this.#door.renew(identity);
    await this.#connected;
    return this.#transport.handleRequest(request);
  }

  /** A request or stream of the client is open until the returned function is called with the time. */
  use(): (nowMs: number) => void {
    this.#open += 1;
    return (nowMs) => {
      this.#open -= 1;
      this.#usedAtMs = nowMs;
    };
  }

  /** How long nobody has used it. */
  idleMs(nowMs: number): number {
    return this.#open > 0 ? 0 : nowMs - this.#usedAtMs;
  }

  /** Gives the game back: what is being asked for gets its answer, what is asked from now on is refused. */
  leave(): Promise<void> {
    return this.#player.leave();
  }

  /** Gives the game back and ends what is open. */
  async end(): Promise<void> {
    await this.leave();
    await this.#transport.close();
  }
}
