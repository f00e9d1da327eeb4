/** What the page keeps between visits. A browser that keeps nothing for us is no error: then it is as on the first visit. */

const PREFIX = 'joywire.';

/** The JSON value kept under a name; undefined when there is none or it cannot be read. */
export function readKept(name: string): unknown {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** False when the browser does not keep it: private windows, a full store. */
export function keep(name: string, value: unknown): boolean {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
