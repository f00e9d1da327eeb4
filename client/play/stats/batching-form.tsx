/** The batching settings of one's own game, changed while it runs, and a load to see the effect with. */
import { useEffect, useId, useState } from 'preact/hooks';
import type { Batching } from '../../index.ts';
import type { Game } from '../play/game.ts';
import { useStore } from '../store.ts';

const STRATEGIES: readonly { readonly value: Batching['strategy']; readonly says: string }[] = [
  { value: 'eager', says: 'Never waits while the emulator is free.' },
  {
    value: 'threshold',
    says: 'At a high rate, waits for company: until there are enough, or the oldest has waited long enough.',
  },
];

/** Inputs a second of the load. */
const RATES = [0, 20, 60, 200, 1000] as const;
/** Between two bursts of the load, in ms. */
const TICK_MS = 10;

export function BatchingForm({ game }: { readonly game: Game }) {
  const batching = useStore(game.batching);
  const id = useId();
  const change = (settings: Partial<Batching>) => {
    game.configure(settings).catch((error: unknown) => game.say(String(error), 'bad'));
  };
  const says = STRATEGIES.find(({ value }) => value === batching.strategy)?.says;
  return (
    <section class="panel batching" aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>Batching of your game</h2>
      </header>
      <div class="fields">
        <label>
          <span>Strategy</span>
          <select
            value={batching.strategy}
            onChange={({ currentTarget }) => {
              const chosen = STRATEGIES.find(({ value }) => value === currentTarget.value);
              if (chosen !== undefined) change({ strategy: chosen.value });
            }}
          >
            {STRATEGIES.map(({ value }) => (
              <option key={value}>{value}</option>
            ))}
          </select>
        </label>
        <NumberField
          name="Wait at most (ms)"
          value={batching.maxWaitMs}
          max={1000}
          step={0.5}
          onChange={(maxWaitMs) => change({ maxWaitMs })}
        />
        <NumberField
          name="Flush at (inputs)"
          value={batching.maxBatchSize}
          min={1}
          max={1024}
          onChange={(maxBatchSize) => change({ maxBatchSize })}
        />
        <NumberField
          name="High rate from (inputs/s)"
          value={batching.highFrequencyThreshold}
          min={1}
          max={1000}
          onChange={(highFrequencyThreshold) => change({ highFrequencyThreshold })}
        />
        <LoadField game={game} />
      </div>
      <p class="hint">{says} The load presses nothing: its inputs take the whole way and cover no frame.</p>
    </section>
  );
}

interface NumberFieldProps {
  readonly name: string;
  readonly value: number;
  readonly min?: number;
  readonly max: number;
  readonly step?: number;
  readonly onChange: (value: number) => void;
}

function NumberField({ name, value, min = 0, max, step = 1, onChange }: NumberFieldProps) {
  return (
    <label>
      <span>{name}</span>
      <input
        type="number"
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={({ currentTarget }) => {
          if (currentTarget.validity.valid && currentTarget.value !== '')
            onChange(currentTarget.valueAsNumber);
          else currentTarget.value = String(value);
        }}
      />
    </label>
  );
}

function LoadField({ game }: { readonly game: Game }) {
  const [rate, setRate] = useState(0);
  useEffect(() => (rate === 0 ? undefined : sendLoad(game, rate)), [game, rate]);
  return (
    <label>
      <span>Send a load (inputs/s)</span>
      <select value={rate} onChange={({ currentTarget }) => setRate(Number(currentTarget.value))}>
        {RATES.map((value) => (
          <option key={value} value={value}>
            {value === 0 ? 'none' : value}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Sends inputs of no frames at a rate, until the returned function is called. */
function sendLoad({ client }: Game, rate: number): () => void {
  let sent = 0;
  const began = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) * rate) / 1000);
    const { limit, outstanding } = client.credit;
    // What does not fit is left out: a load that queues up here would measure this page.
    const room = Math.max(0, limit - outstanding);
    for (let count = Math.min(due - sent, room); count > 0; count--) {
      void client.press(0, { hold: 0, gap: 0 });
    }
    sent = due;
  }, TICK_MS);
  return () => clearInterval(timer);
}
