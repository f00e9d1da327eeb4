/** Says what has just happened, for some seconds, to ears as well. */
import { useEffect, useState } from 'preact/hooks';
import type { Notice } from '../play/game.ts';

/** How long a notice stays, in ms. */
const SHOWN_MS = 5000;

export function NoticeLine({ notice }: { readonly notice: Notice | undefined }) {
  const [gone, setGone] = useState(0);
  useEffect(() => {
    if (notice === undefined) return;
    const timer = setTimeout(() => setGone(notice.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const shown = notice !== undefined && notice.id !== gone;
  return (
    <div class="notices" role="status">
      {shown && <p class={`notice notice-${notice.tone}`}>{notice.text}</p>}
    </div>
  );
}
