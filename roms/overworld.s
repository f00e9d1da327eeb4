; JOYWIRE, the game that ships with the gateway of that name.
; Build it with build.sh; README.md tells what it is and where its memory lies.
;
; src/memory.s names every address; src/start.s has the main loop; build.sh
; makes assets.s from the drawings under art/ and from map.txt.

        .module overworld
        .area   ROM (ABS)

        .include "src/memory.s"

        .org    0x0040
        jp      vblank

        .org    0x0100
        nop
        jp      start

        .org    0x0150
        .include "src/start.s"
        .include "src/recorder.s"
        .include "src/video.s"
        .include "src/map.s"
        .include "src/player.s"
        .include "src/sprites.s"
        .include "src/panel.s"
        .include "src/text.s"
        .include "src/menu.s"
        .include "src/title.s"
        .include "src/save.s"
        .include "src/sound.s"
        .include "src/tune.s"
        .include "src/dialog.s"
        .include "assets.s"
