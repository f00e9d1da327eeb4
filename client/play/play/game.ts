/** A game in play: one session, the buttons held in it, and everything that is done to it. */
import type { Batching, Client, ClientState, EmulatorInfo, EntryOutcome } from '../../index.ts';
import { Held, type Source } from '../input/held.ts';
import { Speaker } from '../sound/speaker.ts';
import { Store } from '../store.ts';
import { type Deed, InputLog } from './input-log.ts';
import { type Press, pressOf, withPress } from './press-log.ts';
import { type Slot, type SlotNumber, slotName, slotsOf } from './slots.ts';

/** Factors of the Game Boy's own speed. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4] as const;
export type Speed = (typeof SPEEDS)[number];

/** Something that the player should know, said once. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: 'good' | 'bad';
}

/** The clock of the game, as the player set it. */
export interface Pacing {
  readonly paused: boolean;
  readonly speed: Speed;
}

export class Game {
  readonly client: Client;
  readonly emulator: EmulatorInfo;
  /** Whether control was taken over from somebody, who gets it back. */
  readonly borrowed: boolean;
  readonly line: Store<ClientState>;
  readonly pacing = new Store<Pacing>({ paused: false, speed: 1 });
  readonly presses = new Store<readonly Press[]>([]);
  readonly slots = new Store<readonly Slot[]>([]);
  readonly batching: Store<Batching>;
  /** False while somebody else has taken control. */
  readonly control = new Store(true);
  /** Buttons held now, for who draws them. */
  readonly holding = new Store(0);
  readonly notice = new Store<Notice | undefined>(undefined);
  readonly log = new InputLog();
  readonly speaker: Speaker;
  readonly #held = new Held();
  #sent = 0;
  #notices = 0;

  constructor(client: Client, emulator: EmulatorInfo, borrowed: boolean) {
    this.client = client;
    this.emulator = emulator;
    this.borrowed = borrowed;
    this.line = new Store(client.state);
    this.speaker = new Speaker(client);
    this.batching = new Store(client.batching);
    client.on('state', (state) => this.#changed(state));
    client.on('event', ({ name, data }) => this.#happened(name, data));
    void this.refreshSlots();
  }

  get canSave(): boolean {
    return this.emulator.capabilities.states;
  }

  get canSound(): boolean {
    return this.emulator.capabilities.sound === true;
  }

  get canPace(): boolean {
    return this.emulator.capabilities.paces.includes('realtime');
  }

  /** What one source of presses holds now. Every change is an entry of its own, so that a tap shorter than a frame counts. */
  hold(source: Source, mask: number): void {
    const all = this.#held.set(source, mask);
    if (all !== undefined) this.#sendKeys(all);
  }

  /** Lets go of everything: whoever was to tell of a release may not be able to. */
  releaseAll(): void {
    const all = this.#held.clear();
    if (all !== undefined) this.#sendKeys(all);
  }

  async setPacing(pacing: Pacing): Promise<void> {
    this.pacing.set(pacing);
    const { paused, speed } = pacing;
    // Without inputs no time passes at turbo: that is what a pause is.
    const outcome = paused ? await this.client.pace('turbo') : await this.client.pace('realtime', speed);
    this.#done({ what: 'pace', detail: paused ? 'paused' : `x${speed}` }, outcome);
  }

  /** Runs one frame of a paused game, with what is held. */
  async step(): Promise<void> {
    this.#done({ what: 'step' }, await this.client.press(0, { hold: 1, gap: 0 }));
  }

  async reset(): Promise<void> {
    const outcome = await this.client.reset();
    this.#done({ what: 'reset' }, outcome);
    if (outcome.status === 'executed') this.say('The game starts again from power-on.');
  }

  /** The frame it was saved at, unless it failed. */
  async save(slot: SlotNumber): Promise<number | undefined> {
    const { outcome } = await this.client.save(slotName(slot));
    this.#done({ what: 'save', detail: slotName(slot) }, outcome);
    await this.refreshSlots();
    if (outcome.status !== 'executed') return undefined;
    this.say(`Saved to slot ${slot}.`);
    return this.slots.value.find(({ number }) => number === slot)?.frame;
  }

  async load(slot: SlotNumber): Promise<void> {
    const outcome = await this.client.load(slotName(slot));
    this.#done({ what: 'load', detail: slotName(slot) }, outcome);
    if (outcome.status === 'executed') this.say(`Loaded slot ${slot}.`);
  }

  async refreshSlots(): Promise<void> {
    if (!this.canSave) return;
    try {
      this.slots.set(slotsOf(await this.client.checkpoints(), this.emulator.romHash));
    } catch (error) {
      this.say(`The saved games cannot be listed: ${String(error)}`, 'bad');
    }
  }

  async configure(batching: Partial<Batching>): Promise<void> {
    this.batching.set(await this.client.configure({ batching }));
  }

  say(text: string, tone: Notice['tone'] = 'good'): void {
    this.#notices += 1;
    this.notice.set({ id: this.#notices, text, tone });
  }

  #sendKeys(mask: number): void {
    this.holding.set(mask);
    // What is pressed without a line would run late, all at once; and who lost control presses for nothing.
    if (this.line.value.status !== 'open' || !this.control.value) return;
    const before = this.#sent;
    this.#sent = mask;
    const pressedAt = performance.now();
    this.client.keys(mask).then(
      (outcome) => {
        this.log.add({ what: 'keys', buttons: mask }, outcome);
        const press = pressOf(before, mask, outcome, performance.now() - pressedAt);
        this.presses.set(withPress(this.presses.value, press));
      },
      () => undefined, // The session has ended, and says so by itself.
    );
  }

  #done(deed: Deed, outcome: EntryOutcome): void {
    this.log.add(deed, outcome);
    if (outcome.status !== 'executed') this.say(outcome.detail?.message ?? `${deed.what} failed`, 'bad');
  }

  #changed(state: ClientState): void {
    const before = this.line.value;
    if (state.status === 'reconnecting' && before.status === 'open') this.#forget();
    this.line.set(state);
    if (state.status === 'open' && before.status === 'reconnecting') {
      const seconds = (Date.now() - before.sinceMs) / 1000;
      this.say(
        `Connected again after ${seconds.toFixed(1)} s. The session goes on where it was; nothing was lost.`,
      );
      // What was on its way when the line broke may have pressed something.
      this.#sendKeys(0);
      void this.refreshSlots();
    }
  }

  #happened(name: string, data: Readonly<Record<string, unknown>>): void {
    const by = typeof data['label'] === 'string' && data['label'] !== '' ? data['label'] : 'Somebody';
    if (name === 'control_lost') {
      this.#forget();
      this.control.set(false);
      this.say(`${by} has taken control.`, 'bad');
    } else if (name === 'control_granted') {
      this.control.set(true);
      this.say('You have control again.');
    } else if (name === 'emulator_replaced') this.say('The game had died and was started anew.', 'bad');
    else if (name === 'emulator_rebuilt') this.say('The game had died and was brought back from its record.');
    else if (name === 'emulator_lost') this.say('The game died and could not be started again.', 'bad');
    else if (name === 'journal_stalled')
      this.say('The gateway cannot write its record: the game waits.', 'bad');
  }

  #forget(): void {
    this.#held.clear();
    this.#sent = 0;
    this.holding.set(0);
  }
}
