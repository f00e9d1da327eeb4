/** Dark, light, or as the system has it. */
import { keep, readKept } from './kept.ts';
import { Store } from './store.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** The theme, kept between visits and put on the document. */
export function createTheme(): Store<Theme> {
  const kept = readKept('theme');
  const store = new Store(THEMES.find((theme) => theme === kept) ?? 'system');
  const apply = () => {
    const { value } = store;
    if (value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = value;
  };
  apply();
  store.subscribe(() => {
    apply();
    keep('theme', store.value);
  });
  return store;
}
