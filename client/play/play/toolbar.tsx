/** What can be done to the game besides playing it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ToolButton } from '../parts/tool-button.tsx';
import { useStore } from '../store.ts';
import { type Game, SPEEDS } from './game.ts';
import { canRecord, type Clip, download, fileName, recordClip, screenshot } from './recorder.ts';

interface ToolbarProps {
  readonly game: Game;
  readonly screen: () => HTMLCanvasElement | undefined;
  readonly onFullscreen: () => void;
  readonly onGiveBack: () => void;
}

export function Toolbar({ game, screen, onFullscreen, onGiveBack }: ToolbarProps) {
  const { paused, speed } = useStore(game.pacing);
  const { rom } = game.emulator;
  const shoot = async () => {
    const canvas = screen();
    if (canvas !== undefined) download(fileName(rom, 'png'), await screenshot(canvas));
  };
  const keepLog = () => {
    const text = game.log.format(game.client.session, game.emulator);
    download(fileName(rom, 'inputs.json'), new Blob([text], { type: 'application/json' }));
  };
  return (
    <div class="toolbar" role="toolbar" aria-label="Game">
      {game.borrowed && (
        <ToolButton icon="hand" label="Give control back" tone="strong" onPress={onGiveBack}>
          Give back
        </ToolButton>
      )}
      {game.canPace && (
        <>
          <ToolButton
            icon={paused ? 'play' : 'pause'}
            label={paused ? 'Go on' : 'Pause'}
            pressed={paused}
            onPress={() => void game.setPacing({ paused: !paused, speed })}
          />
          {paused && <ToolButton icon="step" label="One frame" onPress={() => void game.step()} />}
          <label class="speed">
            <span class="hidden">Speed</span>
            <select
              value={speed}
              onChange={(event) => {
                const chosen = SPEEDS.find((known) => known === Number(event.currentTarget.value));
                if (chosen !== undefined) void game.setPacing({ paused: false, speed: chosen });
              }}
            >
              {SPEEDS.map((factor) => (
                <option key={factor} value={factor}>
                  {factor}×
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      {game.emulator.capabilities.reset && (
        <ToolButton icon="reset" label="Reset" onPress={() => void game.reset()} />
      )}
      {game.canSound && <SoundButton game={game} />}
      <span class="gap" />
      <ToolButton icon="camera" label="Screenshot" onPress={() => void shoot()} />
      {canRecord() && <RecordButton game={game} screen={screen} />}
      <ToolButton icon="file" label="Save the input log as a file" onPress={keepLog} />
      <ToolButton icon="full" label="Full screen" onPress={onFullscreen} />
    </div>
  );
}

function SoundButton({ game }: Pick<ToolbarProps, 'game'>) {
  const state = useStore(game.speaker.state);
  useEffect(() => {
    if (state.at === 'failed') game.say(`There is no sound here: ${state.why}`, 'bad');
  }, [state]);
  const on = state.at === 'on';
  const late = on && state.delayMs !== undefined ? `, ${state.delayMs} ms after the game` : '';
  return (
    <ToolButton
      icon={on ? 'sound' : 'muted'}
      label={on ? `Mute the sound${late}` : 'Sound'}
      pressed={on}
      onPress={() => game.speaker.toggle()}
    />
  );
}

function RecordButton({ game, screen }: Pick<ToolbarProps, 'game' | 'screen'>) {
  const clip = useRef<Clip>(undefined);
  const [recording, setRecording] = useState(false);
  // Leaving the view in the middle drops what was recorded.
  useEffect(() => () => void clip.current?.finish(), []);
  const toggle = async () => {
    const running = clip.current;
    const canvas = screen();
    if (running !== undefined) {
      clip.current = undefined;
      setRecording(false);
      const blob = await running.finish();
      const extension = blob.type.startsWith('video/mp4') ? 'mp4' : 'webm';
      download(fileName(game.emulator.rom, extension), blob);
    } else if (canvas !== undefined) {
      clip.current = recordClip(canvas);
      setRecording(true);
    }
  };
  return (
    <ToolButton
      icon={recording ? 'stop' : 'record'}
      label={recording ? 'End the clip and keep it' : 'Record a clip'}
      pressed={recording}
      tone={recording ? 'live' : 'plain'}
      onPress={() => void toggle()}
    />
  );
}
