/** Makes this thread give way to every other, and tells how much of the processor a thread has had. Linux only: nice is a thread's there. */
import { readFileSync, readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

export type Lowered =
  | { readonly ok: true; readonly threadId: number }
  | { readonly ok: false; readonly why: string };

/** Runs this thread only on what others leave. */
export function lowerThisThread(): Lowered {
  try {
    // "4711/task/4712"
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(threadId, constants.priority.PRIORITY_LOW);
    return { ok: true, threadId };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Time for which a thread of this process has run on a processor, in ms; undefined where the system does not tell. */
export function threadRanMs(threadId: number): number | undefined {
  try {
    const [ranNs = ''] = readFileSync(`/proc/self/task/${threadId}/schedstat`, 'utf8').split(' ');
    return Number(ranNs) / 1e6;
  } catch {
    return undefined;
  }
}
