/**
 * Parts of a Markdown page that a command writes: what stands between `<!-- figures: NAME -->` and `<!-- /figures -->`. The rest is
 * written by hand. Pure.
 */

const BLOCK = /(<!-- figures: (?<name>[\w-]+) -->\n).*?(<!-- \/figures -->)/gs;

/** The page with new contents in the blocks of these names; the others stay. */
export function withBlocks(page: string, contents: Readonly<Record<string, string>>): string {
  return page.replaceAll(BLOCK, (block: string, open: string, name: string, close: string) => {
    const content = contents[name];
    return content === undefined ? block : `${open}\n${content.trim()}\n\n${close}`;
  });
}

/** The names of a page's blocks. */
export function blocksOf(page: string): string[] {
  return [...page.matchAll(BLOCK)].map(({ groups }) => groups?.['name'] ?? '');
}
