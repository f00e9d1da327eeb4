/** What a model is told once, before it plays: enough to play well with nothing else. */

const WATCHING = `This server shows the Game Boy games that run on a Joywire gateway. Your token allows to look, not to play.
- \`emulators\` lists the games; \`look\` and \`read_memory\` need the id of one; \`stats\` has the figures of the gateway.`;

const PLAYING = `This server lets you play a Game Boy game. The first call starts it, from power-on; no call is needed before.

How time works: the game stands still between calls (pace turbo). Only presses and waits let frames pass, 60 to a second of the game. Think as long as you like; nothing happens meanwhile. Nothing happens by itself either: to let an animation, a text or a fade go on, wait with \`W:60\`.

A good loop:
1. \`look\` (or \`press\` with \`look: true\`). Say to yourself what is on the screen, where you stand and which way you face.
2. \`press\` a short script: "UP*3", "A", "START W:30". Several presses in one call where you are sure of them, one or two where you are not.
3. Compare the new picture with what you expected. If nothing has changed, the press did nothing in the game: a wall, a text box that waits for A, a fade that takes no buttons. Do not repeat it; look, and do something else.

Timing: a press is 8 frames held and 8 released. In games that walk by tiles one press is usually one step (16 frames a tile) and often the first press only turns. Texts are written letter by letter: wait ("W:60") or press A until the box closes before you walk on. After START on a title, or a door, wait for the fade ("W:60").

Results: \`executed\` means the game saw the buttons on the frames that are named. \`rejected\` never reached the game, \`failed\` did not run, \`unknown\` may have run: look before you repeat it. Every result says why.

Memory: \`read_memory\` (or \`memory\` in \`press\`) is exact where a picture must be read. Find an address by reading a range before and after a change. It costs no frame.

Risks: \`save_checkpoint\` before them, \`load_checkpoint\` to take them back. It is exact and costs no frame, so try things out.

Several ideas at once: \`rollouts\` runs many scripts from where the game stands now, beside it, and tells what each would lead to; the game itself does not move. Compare them by memory, then \`load_checkpoint\` the end that you like (with \`keep: true\`), or press its script.

The game that ships with Joywire, overworld: press "W:60 START W:60" on the title to begin. You are the line keeper of Wirewick: walk, talk and read with A; B closes a text; the beacon in the maze to the east is to be woken. Memory: 0xC010 mode (0 title, 1 world, 2 text box, 3 menu, 4 page, 5 fade), 0xC011 x, 0xC012 y, 0xC013 facing (0 down, 1 up, 2 left, 3 right), 0xC014 frames left of the step, 0xC017 flags (4: the goal is reached).`;

export function instructionsFor(mayPlay: boolean): string {
  return mayPlay ? PLAYING : WATCHING;
}

/** What the prompt `play` asks for. */
export function playPrompt(goal: string | undefined): string {
  const aim = goal ?? 'get as far as you can';
  return `Play the Game Boy game of this server: ${aim}. Look first, press little at a time, look again after every call, save a checkpoint before anything risky, and say in a sentence what you see and why you press what you press.`;
}
