/** A friendly page in place of what cannot be shown: what is the matter, and what to do. */
import type { ComponentChildren } from 'preact';

interface MessagePageProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What may be done, as buttons and links. */
  readonly actions?: ComponentChildren;
  /** What the gateway said, for those who want to know. */
  readonly detail?: string;
  readonly busy?: boolean;
}

export function MessagePage({ title, children, actions, detail, busy = false }: MessagePageProps) {
  return (
    <section class="message" aria-busy={busy}>
      <div class={busy ? 'lamp lamp-busy' : 'lamp'} aria-hidden="true" />
      <h1>{title}</h1>
      {children}
      {actions !== undefined && <p class="actions">{actions}</p>}
      {detail !== undefined && detail !== '' && (
        <details>
          <summary>What the gateway said</summary>
          <p>{detail}</p>
        </details>
      )}
    </section>
  );
}
