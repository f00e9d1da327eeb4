// Writes the assembly tables of all that is drawn: node assets.mjs <roms> <out.s>
import { writeFileSync } from 'node:fs';
import { linesOf, readBlocks, readFigure, readPicture, tileAt, TileSet } from './art.mjs';
import { buildLand, readLand } from './land.mjs';

const [roms, target] = process.argv.slice(2);
const out = [];
const say = (line) => out.push(line);
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
const bytes = (values) => {
  for (let i = 0; i < values.length; i += 16) say(`        .db     ${values.slice(i, i + 16).join(', ')}`);
};
const table = (label, tiles) => {
  say(`${label}:`);
  for (const tile of tiles) bytes(tile);
};

// VRAM: 8000 figures and, before the game begins, the title; 8800 the font and,
// where it has no glyph and from tile E0 on, the rest of the title; 9000 the world.
const BLANK = 0x80;

function font() {
  const tiles = Array.from({ length: 128 }, () => undefined);
  tiles[0] = Array(16).fill(0);
  let glyphs = '';
  let rows = [];
  for (const line of linesOf(`${roms}/art/font.txt`)) {
    if (line.startsWith('glyphs ')) {
      glyphs = line.slice('glyphs '.length);
      rows = [];
    } else if (line !== '' && rows.push(line.split(' ')) === 8) {
      Array.from(glyphs, (glyph, i) => {
        tiles[glyph.charCodeAt(0) - 32] = tileAt(readPicture(rows.map((row) => row[i])), 0, 0);
      });
    }
  }
  return tiles;
}

function figures() {
  const tiles = [];
  const names = new Map();
  for (const [name, rows] of readBlocks(`${roms}/art/figures.txt`)) {
    const figure = readFigure(rows);
    names.set(name, tiles.length);
    const columns = name.startsWith('spark') ? [0] : [0, 8];
    for (const x of columns) for (const y of [0, 8]) tiles.push(tileAt(figure, x, y));
  }
  while (tiles.length % 3 !== 0) tiles.push(Array(16).fill(0)); // whole chunks of 48 bytes
  return { tiles, names };
}

const land = readLand(`${roms}/map.txt`);
const world = readBlocks(`${roms}/art/world.txt`);
const worldTiles = new TileSet(range(0, 128));
// The moving tiles come first, so that their place is known.
const movingNames = ['water fill', 'flowers'];
const quarters = (name) =>
  [
    [0, 0],
    [8, 0],
    [0, 8],
    [8, 8],
  ].map(([x, y]) => tileAt(readPicture(world.get(name)), x, y));
const still = movingNames.flatMap(quarters);
const moved = ['water moved', 'flowers moved'].flatMap(quarters);
for (const tile of still) worldTiles.add(tile);
if (worldTiles.tiles.length !== still.length) throw new Error('moving tiles must all differ');
const { cells, metas } = buildLand(land, world, worldTiles);

const one = (cell) => {
  const [place] = land.find(cell);
  if (place === undefined) throw new Error(`map.txt has no '${cell}'`);
  return place;
};
const { tiles: figureTiles, names: figureNames } = figures();
const SPARE = figureNames.get('player down');

say('; Made by tools/assets.mjs. Change the drawings and map.txt instead.');
for (const [name, cell] of [
  ['SPAWN', '@'],
  ['MAZE', 'M'],
  ['GOAL', 'G'],
  ['BEACON', 'L'],
]) {
  const { x, y } = one(cell);
  say(`${name}_X = ${x}\n${name}_Y = ${y}`);
}
say(`SPRITE_PLAYER = ${figureNames.get('player down')}`);
say(`SPRITE_BEACON = ${figureNames.get('beacon lit')}`);
say(`SPRITE_CHUNKS = ${figureTiles.length / 3}`);
say(`TITLE_SPARE = ${SPARE}`);
say('ANIMATED_TILES = 0x9000');
say(`ANIMATED_CHUNKS = ${still.length / 2}`);

// People: cell, first tile, attributes. 0x10 picks the lighter palette.
say('people:');
const people = [
  ['1', 'moss down', 0],
  ['2', 'tansy down', 0x10],
];
for (const [cell, name, attributes] of people) {
  const { x, y } = one(cell);
  bytes([x, y, figureNames.get(name), attributes]);
}
bytes([0xff]);

// Events: cell, flag, person + 1, text.
say('EVENT_SIZE = 6\nevents:');
const doors = land.find('D');
const events = [
  [one('a'), 'FLAG_SIGN', 0, 'text_sign_a'],
  [one('b'), 'FLAG_SIGN', 0, 'text_sign_b'],
  [one('c'), 'FLAG_SIGN', 0, 'text_sign_c'],
  [doors[0], 0, 0, 'text_door_1'],
  [doors[1], 0, 0, 'text_door_2'],
  [one('1'), 'FLAG_TALKED', 1, 'text_moss'],
  [one('2'), 'FLAG_SECOND', 2, 'text_tansy'],
  [one('L'), 0, 0, 'text_beacon'],
];
for (const [{ x, y }, flag, person, text] of events) {
  say(`        .db     ${x}, ${y}, ${flag}, ${person}\n        .dw     ${text}`);
}
bytes([0xff]);

table('tiles_world', worldTiles.tiles);
say(`tiles_world_count = ${worldTiles.tiles.length}`);
table('tiles_moving', [...still, ...moved]);
table('tiles_sprites', figureTiles);

const title = readBlocks(`${roms}/art/title.txt`);
const picture = readPicture(title.get('title'));
const shared = font();
const unused = range(128, 256).filter((id) => shared[id - 128] === undefined);
const titleTiles = new TileSet([...range(SPARE, 128), ...unused]);
const titleMap = range(0, 18).flatMap((row) =>
  range(0, 20).map((column) => {
    const tile = tileAt(picture, column * 8, row * 8);
    return tile.every((byte) => byte === 0) ? BLANK : titleTiles.add(tile);
  }),
);
const titleOnly = titleTiles.tiles.slice(0, 128 - SPARE);
table('tiles_title', titleOnly);
say(`tiles_title_count = ${titleOnly.length}`);
for (const [i, tile] of titleTiles.tiles.slice(128 - SPARE).entries()) shared[unused[i] - 128] = tile;
while (shared.at(-1) === undefined) shared.pop();
table(
  'tiles_font',
  shared.map((tile) => tile ?? Array(16).fill(0)),
);
say(`tiles_font_count = ${shared.length}`);
say('title_picture:');
bytes(titleMap);

// Tables that start on a page of 256 bytes, so that an index is a low byte.
say('        .org    0x4000\nMAP:');
bytes(cells);
for (const [i, name] of ['TL', 'TR', 'BL', 'BR'].entries()) {
  say(`        .org    0x${(0x5000 + 0x100 * i).toString(16)}\nMETA_${name}:`);
  bytes(metas.map((meta) => meta.quarters[i]));
}
say('        .org    0x5400\nMETA_KIND:');
bytes(metas.map((meta) => meta.kind));
say('        .org    0x5500\ntitle_wire:');
bytes(title.get('wire').join(' ').split(' ').map(Number));

writeFileSync(target, `${out.join('\n')}\n`);
console.log(
  `tiles: world ${worldTiles.tiles.length}, figures ${figureTiles.length}, title ${titleTiles.tiles.length}; cells ${metas.length}`,
);
