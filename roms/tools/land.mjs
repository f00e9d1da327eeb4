// Turns map.txt and the world's pictures into cells, metatiles and places.
import { linesOf, readPicture, tileAt } from './art.mjs';

export const MAP_SIZE = 64; // the game's torus; what map.txt leaves is forest
const FREE = 0;
const WALL = 1;
const READABLE = 2;
const PERSON = 3;

// What stands on the map: its picture, its kind, and what the ground counts as.
const CELLS = {
  '.': ['grass', FREE],
  ',': ['tuft', FREE],
  '*': ['flowers', FREE],
  '=': ['path', FREE],
  '@': ['path', FREE],
  M: ['path', FREE],
  G: ['goal', FREE],
  B: ['bridge', FREE],
  T: ['tree', WALL],
  '#': ['hedge', WALL],
  '~': ['water', WALL],
  F: ['fence', WALL],
  h: ['house', WALL],
  D: ['house', READABLE],
  L: ['beacon', READABLE],
  a: ['sign', READABLE],
  b: ['sign', READABLE],
  c: ['sign', READABLE],
  1: ['grass', PERSON],
  2: ['grass', PERSON],
};
// Which cells a joining terrain runs on into.
const JOINS = { path: '=@MG#BDL', water: '~B', hedge: '#L' };

export function readLand(path) {
  const rows = linesOf(path).filter((row) => row !== '');
  const at = (x, y) => rows[y]?.[x] ?? 'T';
  const find = (wanted) =>
    rows.flatMap((row, y) =>
      Array.from(row, (cell, x) => ({ cell, x, y })).filter(({ cell }) => cell === wanted),
    );
  return { rows, at, find };
}

/** Gives every cell its four tiles; equal cells share a metatile. */
export function buildLand(land, blocks, tiles) {
  const pictures = new Map([...blocks].map(([name, rows]) => [name, readPicture(rows)]));
  const picture = (name) => {
    const found = pictures.get(name);
    if (found === undefined) throw new Error(`no picture: ${name}`);
    return found;
  };
  const metas = [];
  const known = new Map();
  const cells = [];
  for (let y = 0; y < MAP_SIZE; y += 1) {
    for (let x = 0; x < MAP_SIZE; x += 1) {
      const cell = CELLS[land.at(x, y)];
      if (cell === undefined) throw new Error(`map.txt: '${land.at(x, y)}' at ${x}, ${y}`);
      const [ground, kind] = cell;
      // Blades on every cell would make a pattern; so about half of the grass has none.
      const name = ground === 'grass' && (x * 5 + y * 3) % 7 < 4 ? 'grass plain' : ground;
      const quarters = [
        [-1, -1],
        [1, -1],
        [-1, 1],
        [1, 1],
      ].map(([dx, dy]) => {
        const [source, left, top] = sourceOf(land, name, x, y, dx, dy);
        return tiles.add(tileAt(picture(source), left + (dx > 0 ? 8 : 0), top + (dy > 0 ? 8 : 0)));
      });
      const key = [...quarters, kind].join();
      if (!known.has(key)) {
        known.set(key, metas.length);
        metas.push({ quarters, kind });
      }
      cells.push(known.get(key));
    }
  }
  if (metas.length > 256) throw new Error(`${metas.length} different cells`);
  return { cells, metas };
}

/** Picture, and corner in it, that the quarter (dx, dy) of a cell is cut from. */
function sourceOf(land, name, x, y, dx, dy) {
  if (name === 'house') {
    const same = (cx, cy) => 'hD'.includes(land.at(cx, cy));
    let column = 0;
    let row = 0;
    while (same(x - column - 1, y)) column += 1;
    while (same(x, y - row - 1)) row += 1;
    return [name, (column % 4) * 16, (row % 3) * 16];
  }
  const joins = JOINS[name];
  if (joins === undefined) return [name, 0, 0];
  const same = (cx, cy) => joins.includes(land.at(cx, cy));
  const beside = same(x + dx, y);
  const above = same(x, y + dy);
  if (beside && above) return [`${name} ${same(x + dx, y + dy) ? 'fill' : 'inner'}`, 0, 0];
  if (beside) return [`${name} horizontal`, 0, 0];
  return [`${name} ${above ? 'vertical' : 'outer'}`, 0, 0];
}
