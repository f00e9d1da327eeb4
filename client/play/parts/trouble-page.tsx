/** The pages for what can be the matter with a connection. */
import type { Trouble } from '../gateway/trouble.ts';
import { MessagePage } from './message-page.tsx';
import { TokenForm } from './token-form.tsx';

interface TroublePageProps {
  readonly trouble: Trouble;
  readonly onRetry: () => void;
  readonly onToken: (token: string) => void;
  /** Waits in line for an emulator; absent where nothing is waited for. */
  readonly onWait?: () => void;
  /** It is tried again by itself. */
  readonly again?: boolean;
}

export function TroublePage({
  trouble: { kind, message },
  onRetry,
  onToken,
  onWait,
  again,
}: TroublePageProps) {
  const retry = (
    <button type="button" class="button" onClick={onRetry}>
      Try again
    </button>
  );
  const wall = (
    <a class="button button-quiet" href="#/wall">
      Watch the wall
    </a>
  );
  switch (kind) {
    case 'token':
      return (
        <MessagePage title="This gateway wants a token" detail={message}>
          <p>
            Whoever runs it can make one: <code>joywire token new NAME --role play</code>
          </p>
          <TokenForm onToken={onToken} />
        </MessagePage>
      );
    case 'forbidden':
      return (
        <MessagePage
          title="Your token does not allow that"
          detail={message}
          actions={
            <>
              {wall}
              {retry}
            </>
          }
        >
          <p>
            It may watch. To play, ask for one with the role <code>play</code>, or present another:
          </p>
          <TokenForm onToken={onToken} />
        </MessagePage>
      );
    case 'full':
      return (
        <MessagePage
          title="Every game is taken"
          detail={message}
          actions={
            <>
              {onWait !== undefined && (
                <button type="button" class="button" onClick={onWait}>
                  Wait in line
                </button>
              )}
              {wall}
              {onWait === undefined && retry}
            </>
          }
        >
          <p>
            All emulators of this gateway are in play. Watch them, take one over, or wait until one is free.
          </p>
        </MessagePage>
      );
    case 'unknown':
      return (
        <MessagePage
          title="No such game here"
          detail={message}
          actions={
            <>
              {wall}
              {retry}
            </>
          }
        >
          <p>This gateway has no emulator that fits, or none that a person can play in real time.</p>
        </MessagePage>
      );
    case 'refused':
      return (
        <MessagePage
          title="Control was not given"
          detail={message}
          actions={
            <>
              {wall}
              {retry}
            </>
          }
        >
          <p>Whoever plays there was asked, and keeps the pad. You may go on watching.</p>
        </MessagePage>
      );
    case 'gone':
      return (
        <MessagePage title="The gateway is gone" detail={message} busy={again === true} actions={retry}>
          <p>
            {again === true
              ? 'It does not answer. This page keeps trying and goes on as soon as it is back.'
              : 'The connection ended and could not be resumed. What you had saved is still in its slots.'}
          </p>
        </MessagePage>
      );
    case 'other':
      return (
        <MessagePage
          title="That did not work"
          detail={message}
          actions={
            <>
              {retry}
              {wall}
            </>
          }
        >
          <p>The gateway refused. What it said is below.</p>
        </MessagePage>
      );
  }
}
