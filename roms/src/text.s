; The text box: types a text of dialog.s letter by letter.
; In a text \n begins the second line, \f a new page, 0 ends it.

TEXT_LINE_1 = WINDOW_MAP + 32 + 1
TEXT_LINE_2 = WINDOW_MAP + 3 * 32 + 1
TEXT_ARROW  = WINDOW_MAP + 4 * 32 + 18
TEXT_WIDTH  = 18
LINE_FEED   = 0x0a
PAGE_FEED   = 0x0c

; Shows the text at hl.
text_open:
        ld      a, l
        ld      (t_next), a
        ld      a, h
        ld      (t_next + 1), a
        ld      a, #MODE_TEXT
        ld      (g_mode), a
        xor     a
        ld      (g_text), a
        ld      hl, #text_panel
        jp      panel_open

text_run:
        ld      a, (k_pressed)
        bit     1, a            ; B leaves at any time
        jp      nz, text_close
        call    panel_run
        ret     nz
        ld      a, (g_text)
        ld      hl, #text_table
        jp      jump_table

text_table:
        .dw     text_begin, text_type, text_wait

text_begin:
        ld      a, #1
        ld      (g_text), a
        ld      (t_timer), a
        xor     a
        ld      (t_rush), a
        ld      hl, #t_cell
        ld      a, #<TEXT_LINE_1
        ld      (hl+), a
        ld      (hl), #>TEXT_LINE_1
        ret

text_type:
        ld      a, (k_pressed)
        and     #KEY_A
        jr      z, 1$
        ld      (t_rush), a
1$:     ld      a, (t_rush)
        or      a
        ld      b, #6           ; in a rush, six letters a frame
        jr      nz, 3$
        ld      b, #1
        ld      a, (g_options)
        bit     OPT_FAST, a
        jr      nz, 3$
        ld      hl, #t_timer
        dec     (hl)
        ret     nz
        ld      (hl), #2
3$:     push    bc
        call    text_letter
        pop     bc
        ld      a, (g_text)
        cp      #1
        ret     nz
        dec     b
        jr      nz, 3$
        ret

text_letter:
        ld      hl, #t_next
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        ld      a, (hl+)
        or      a
        jr      z, 1$
        cp      #PAGE_FEED
        jr      z, 1$
        ld      b, a
        ld      a, l
        ld      (t_next), a
        ld      a, h
        ld      (t_next + 1), a
        ld      a, b
        cp      #LINE_FEED
        jr      z, 2$
        cp      #SPACE
        jr      z, 3$
        bit     0, l            ; every other letter ticks
        jr      z, 3$
        push    bc
        ld      hl, #effect_tick
        call    sound_effect
        pop     bc
3$:     ld      hl, #t_cell
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        ld      a, b
        call    queue_char
        ld      hl, #t_cell
        jp      increment16
1$:     ld      a, #2
        ld      (g_text), a
        ret
2$:     ld      hl, #t_cell
        ld      a, #<TEXT_LINE_2
        ld      (hl+), a
        ld      (hl), #>TEXT_LINE_2
        ret

; A: the next page, or the end.
text_wait:
        ld      a, (k_pressed)
        bit     0, a
        jr      nz, 1$
        ld      a, (v_clock)
        and     #0x10
        ld      a, #'~          ; the font has an arrow there
        jr      z, 2$
        ld      a, #'=
2$:     ld      hl, #TEXT_ARROW
        jp      queue_char
1$:     ld      hl, #effect_blip
        call    sound_effect
        ld      hl, #t_next
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        ld      a, (hl+)
        or      a
        jr      z, text_close
        ld      a, l
        ld      (t_next), a
        ld      a, h
        ld      (t_next + 1), a
        ld      a, #SPACE
        ld      b, #TEXT_WIDTH
        ld      hl, #TEXT_LINE_1
        call    queue_fill
        ld      a, #SPACE
        ld      b, #TEXT_WIDTH
        ld      hl, #TEXT_LINE_2
        call    queue_fill
        ld      a, #'=
        ld      hl, #TEXT_ARROW
        call    queue_char
        jp      text_begin

text_close:
        ld      a, #MODE_WORLD
        ld      (g_mode), a
        jp      panel_close

text_panel:
        .db     20, 5, 2, 7, 104
        .ascii  "{==================}"
        .ascii  "|                  |"
        .ascii  "|                  |"
        .ascii  "|                  |"
        .ascii  "[==================]"
