/** The emulators of the gateway, asked for again and again while somebody looks. */
import { useEffect, useState } from 'preact/hooks';
import type { Client, EmulatorListing } from '../../index.ts';

/** Between two questions, in ms. */
const INTERVAL_MS = 1000;

/** Undefined until the first answer. */
export function useEmulators(client: Client | undefined): readonly EmulatorListing[] | undefined {
  const [list, setList] = useState<readonly EmulatorListing[]>();
  useEffect(() => {
    if (client === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    const ask = () => {
      client
        .emulators()
        .then((answer) => {
          if (current) setList(answer);
        })
        .catch(() => undefined) // The lobby tells how the connection is.
        .finally(() => {
          if (current) timer = setTimeout(ask, INTERVAL_MS);
        });
    };
    ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client]);
  return list;
}
