; The title screen, and the fade from it into the world.

TITLE_TEXT = BG_MAP + 15 * 32 + 4
TITLE_LIST = BG_MAP + 14 * 32 + 5

; LCD off: tiles, picture, first values of everything shown.
title_start:
        ld      de, #0x8000
        ld      hl, #tiles_sprites      ; the spark comes first in the sheet
        ld      b, #TITLE_SPARE
        call    copy_tiles
        ld      de, #0x8000 + 16 * TITLE_SPARE
        ld      hl, #tiles_title
        ld      b, #tiles_title_count
        call    copy_tiles
        ld      hl, #BG_MAP
        ld      de, #title_picture
        ld      c, #18
1$:     ld      b, #20
2$:     ld      a, (de)
        inc     de
        ld      (hl+), a
        dec     b
        jr      nz, 2$
        ld      a, l
        add     a, #12
        ld      l, a
        jr      nc, 3$
        inc     h
3$:     dec     c
        jr      nz, 1$

        ld      a, #LCDC_TITLE
        ld      (v_lcdc), a
        ld      a, #SPAWN_X
        ld      (g_x), a
        ld      a, #SPAWN_Y
        ld      (g_y), a
        ld      hl, #tune_melody
        ld      de, #tune_bass
        call    tune_start
        jp      palette_apply

title_run:
        ld      a, (g_save)
        or      a
        jr      nz, 2$
        ld      a, (k_pressed)
        and     #KEY_START | KEY_A
        jr      nz, title_leave
        ld      a, (v_clock)
        and     #0x3f
        ld      de, #title_press
        cp      #1
        jr      z, 1$
        ld      de, #title_blank
        cp      #41
        ret     nz
1$:     ld      hl, #TITLE_TEXT
        ld      b, #11
        jp      queue_text

2$:     ld      a, (v_clock)
        dec     a
        jr      nz, 3$
        ld      hl, #TITLE_LIST + 2
        ld      de, #title_continue
        ld      b, #8
        call    queue_text
        ld      hl, #TITLE_LIST + 64 + 2
        ld      de, #title_new
        ld      b, #8
        call    queue_text
3$:     ld      a, (k_pressed)
        and     #KEY_START | KEY_A
        jr      nz, 4$
        ld      b, #2
        ld      hl, #TITLE_LIST
        jp      list_run
4$:     ld      a, (g_cursor)
        or      a
        call    z, save_load
        ; falls through

title_leave:
        ld      a, #MODE_FADE
        ld      (g_mode), a
        xor     a
        ld      (f_step), a
        ld      (g_cursor), a
        ld      hl, #f_source
        ld      a, #<tiles_sprites
        ld      (hl+), a
        ld      a, #>tiles_sprites
        ld      (hl+), a
        xor     a
        ld      (hl+), a        ; to 8000
        ld      (hl), #0x80
        call    tune_stop
        ld      hl, #effect_start
        jp      sound_effect

title_press:    .ascii  "PRESS START"
title_blank:    .ascii  "           "
title_continue: .ascii  "CONTINUE"
title_new:      .ascii  "NEW GAME"

; A spark runs along the wire, a second one after it.
title_sprites:
        ld      a, (v_clock)
        call    1$
        ld      a, (v_clock)
        add     a, #96
        call    1$
        jp      sprites_clear
1$:     cp      #160
        ret     nc
        ld      b, a
        ld      d, #>title_wire
        ld      e, a
        ld      a, (de)
        add     a, #16 - 4
        ld      (hl+), a
        ld      a, b
        add     a, #8 - 4
        ld      (hl+), a
        ld      a, b
        and     #0x04
        rrca                    ; two pictures of two tiles
        ld      (hl+), a
        xor     a
        ld      (hl+), a
        ret

; The fade: to white, load the sprites over the title's tiles, draw the world
; column by column, and back to colour.
FADE_LOAD   = 12
FADE_DRAW   = FADE_LOAD + SPRITE_CHUNKS
FADE_IN     = FADE_DRAW + SCREEN_COLUMNS
FADE_END    = FADE_IN + 12
SPRITE_CHUNK = 48

fade_run:
        ld      hl, #f_step
        ld      a, (hl)
        inc     (hl)
        cp      #FADE_LOAD
        jr      c, 1$
        cp      #FADE_DRAW
        jr      c, fade_load
        cp      #FADE_IN
        jr      c, fade_draw
        sub     #FADE_IN
        and     #0x03
        ret     nz
        ld      hl, #v_fade
        dec     (hl)
        call    palette_apply
        ld      a, (f_step)
        cp      #FADE_END - 3
        ret     c
        ld      a, #MODE_WORLD
        ld      (g_mode), a
        ret
1$:     and     #0x03
        ret     nz
        ld      hl, #v_fade
        inc     (hl)
        jp      palette_apply

fade_load:
        ld      hl, #f_source
        ld      a, (hl+)
        ld      e, a
        ld      a, (hl+)
        ld      d, a
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        push    hl
        push    de
        ld      b, #SPRITE_CHUNK
        call    queue_bytes
        pop     hl
        ld      bc, #SPRITE_CHUNK
        add     hl, bc
        ld      a, l
        ld      (f_source), a
        ld      a, h
        ld      (f_source + 1), a
        pop     hl
        add     hl, bc
        ld      a, l
        ld      (f_target), a
        ld      a, h
        ld      (f_target + 1), a
        ret

fade_draw:
        sub     #FADE_DRAW
        ld      b, a
        ld      a, #LCDC_WORLD
        ld      (v_lcdc), a
        ld      a, (g_x)
        sub     #PLAYER_COLUMN
        add     a, b
        ld      b, a
        ld      a, (g_y)
        sub     #PLAYER_ROW
        ld      c, a
        call    map_column
        jp      map_scroll
