// Reads the drawings: text in, rows of pixels and Game Boy tiles out.
import { readFileSync } from 'node:fs';

const SHADES = new Map([
  ['.', 0],
  [':', 1],
  ['%', 2],
  ['#', 3],
]);
// A figure's colour 0 is see-through, its others are white, grey and black.
const FIGURE_SHADES = new Map([
  ['-', 0],
  ['.', 1],
  ['%', 2],
  ['#', 3],
]);

/** Lines of a text file without its comments, which begin with ';'. */
export const linesOf = (path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith(';'));

/** name -> rows of text, for a file of blocks parted by empty lines. */
export function readBlocks(path) {
  const blocks = new Map();
  for (const block of linesOf(path)
    .join('\n')
    .split(/\n{2,}/)) {
    const [name, ...rows] = block.split('\n').filter((line) => line !== '');
    if (name !== undefined) blocks.set(name, rows);
  }
  return blocks;
}

/** Pixels (0..3) of a block. */
const pixels = (rows, shades) =>
  rows.map((row) =>
    Array.from(row, (dot) => {
      const shade = shades.get(dot);
      if (shade === undefined) throw new Error(`no such dot: '${dot}' in "${row}"`);
      return shade;
    }),
  );
export const readPicture = (rows) => pixels(rows, SHADES);
export const readFigure = (rows) => pixels(rows, FIGURE_SHADES);

/** The 8x8 tile at (x, y) of a picture as 16 bytes, two bit planes a row. */
export function tileAt(picture, x, y) {
  const bytes = [];
  for (let row = y; row < y + 8; row += 1) {
    let low = 0;
    let high = 0;
    for (let column = x; column < x + 8; column += 1) {
      const shade = picture[row][column];
      low = (low << 1) | (shade & 1);
      high = (high << 1) | (shade >> 1);
    }
    bytes.push(low, high);
  }
  return bytes;
}

/** A set of tiles that keeps each distinct one once, under the ids it is given. */
export class TileSet {
  #ids;
  #known = new Map();
  tiles = [];

  constructor(ids) {
    this.#ids = ids;
  }

  /** Id of the tile, added if it is new. */
  add(tile, { shared = true } = {}) {
    const key = tile.join();
    const known = this.#known.get(key);
    if (shared && known !== undefined) return known;
    const id = this.#ids[this.tiles.length];
    if (id === undefined) throw new Error('too many different tiles');
    this.tiles.push(tile);
    if (shared) this.#known.set(key, id);
    return id;
  }
}
