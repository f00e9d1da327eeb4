; Power-on, the VBlank interrupt and the main loop.

LCD_PHASE = 565                 ; turns of 28 clocks

start:
        di
        ld      sp, #STACK_TOP

        ; The LCD may only be switched off during VBlank.
1$:     ldh     a, (rLY)
        cp      #144
        jr      c, 1$
        xor     a
        ldh     (rLCDC), a

        ; C000..C2FF. The ring needs no clearing: its count is zero.
        ld      hl, #REC_MAGIC
        ld      b, #0
2$:     ld      (hl+), a
        ld      (hl+), a
        ld      (hl+), a
        dec     b
        jr      nz, 2$
        ld      hl, #REC_MAGIC
        ld      a, #'J
        ld      (hl+), a
        ld      a, #'O
        ld      (hl+), a
        ld      a, #'Y
        ld      (hl+), a
        ld      a, #'W
        ld      (hl+), a

        call    video_start
        call    sound_start
        call    save_check
        call    title_start

        ; LCD_PHASE delays the LCD until VBlank falls early in an emulator's
        ; frame of 70224 clocks counted from power-on: then a key set before a
        ; frame shows in RAM and in the picture at the end of that same frame.
        ld      bc, #LCD_PHASE
3$:     dec     bc
        ld      a, b
        or      c
        jr      nz, 3$

        call    video_registers
        xor     a
        ldh     (rIF), a
        ld      a, #0x01
        ldh     (rIE), a
        ei

main_loop:
        ld      a, #1
        ld      (v_ready), a
1$:     halt
        nop
        ld      a, (v_ready)
        or      a
        jr      nz, 1$

        ld      hl, #v_clock
        inc     (hl)
        call    input_read
        call    palette_input
        call    mode_run
        call    map_animate
        call    sprites_draw
        call    sound_tick
        jr      main_loop

; The recorder first, then whatever the main loop prepared. Should the main
; loop not be done, the recorder still runs and the frame counts as late.
vblank:
        push    af
        push    bc
        push    de
        push    hl
        call    recorder_poll
        ld      a, (v_ready)
        or      a
        jr      z, 1$
        xor     a
        ld      (v_ready), a
        call    video_flush
        jr      2$
1$:     ld      hl, #g_late
        inc     (hl)
        jr      nz, 2$
        dec     (hl)
2$:     pop     hl
        pop     de
        pop     bc
        pop     af
        reti

; held and newly pressed buttons, from what the recorder logged this frame
input_read:
        ld      a, (REC_STATE)
        ld      b, a
        ld      a, (k_held)
        cpl
        and     b
        ld      (k_pressed), a
        ld      a, b
        ld      (k_held), a
        ret

mode_run:
        ld      a, (g_mode)
        ld      hl, #mode_table
        ; falls through

; jumps to entry a of the table of addresses at hl
jump_table:
        add     a, a
        ld      c, a
        ld      b, #0
        add     hl, bc
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        jp      (hl)

mode_table:
        .dw     title_run, world_run, text_run, menu_run, page_run, fade_run
