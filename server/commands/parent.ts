/**
 * Notices that the `npm` or `npx` that started us is gone. They run commands through `sh`, and pass a SIGTERM on to that alone:
 * the shell dies, and without this a server would go on as an orphan and keep its port.
 */

export interface Parentage {
  readonly env: NodeJS.ProcessEnv;
  /** The id of the parent process now; another one adopts an orphan. On Windows it never changes. */
  readonly parentId: () => number;
  /** Calls `run` again and again; the returned function ends that. */
  readonly every: (run: () => void) => () => void;
}

/** Calls `onGone` once if npm's shell ends before us; does nothing when npm did not start us. The returned function ends it. */
export function watchParent({ env, parentId, every }: Parentage, onGone: () => void): () => void {
  if (env['npm_lifecycle_event'] === undefined) return () => undefined;
  const atStart = parentId();
  const end = every(() => {
    if (parentId() === atStart) return;
    end();
    onGone();
  });
  return end;
}
