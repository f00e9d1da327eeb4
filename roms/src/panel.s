; Panels: text box, menu and pages, drawn in the window layer over some frames
; and shown once they stand. A panel in ROM is its size and place, then its
; rows as text: what you read in the source is what is on the screen.
;       .db width, rows, rows per frame, WX, WY

; Begins to draw the panel at hl.
panel_open:
        ld      a, (hl+)
        ld      (w_width), a
        ld      a, (hl+)
        ld      (w_rows), a
        ld      a, (hl+)
        ld      (w_chunk), a
        ld      a, (hl+)
        ld      (w_showx), a
        ld      a, (hl+)
        ld      (w_showy), a
        ld      a, l
        ld      (w_source), a
        ld      a, h
        ld      (w_source + 1), a
        ld      hl, #w_target
        ld      a, #<WINDOW_MAP
        ld      (hl+), a
        ld      (hl), #>WINDOW_MAP
        jr      panel_hide

; Takes it away, drawn to the end or not.
panel_close:
        xor     a
        ld      (w_rows), a
panel_hide:
        ld      hl, #v_lcdc
        res     LCDC_WINDOW_BIT, (hl)
        ret

; Draws on. Z: the panel stood already when this was called.
panel_run:
        ld      a, (w_rows)
        or      a
        ret     z
        ld      a, (w_chunk)
        ld      c, a
1$:     push    bc
        ld      a, (w_width)
        ld      b, a
        ld      a, (w_source)
        ld      e, a
        ld      a, (w_source + 1)
        ld      d, a
        ld      a, (w_target)
        ld      l, a
        ld      a, (w_target + 1)
        ld      h, a
        push    hl
        push    de
        push    bc
        call    queue_text
        pop     bc
        pop     hl
        ld      c, b
        ld      b, #0
        add     hl, bc
        ld      a, l
        ld      (w_source), a
        ld      a, h
        ld      (w_source + 1), a
        pop     hl
        ld      c, #32
        add     hl, bc
        ld      a, l
        ld      (w_target), a
        ld      a, h
        ld      (w_target + 1), a
        pop     bc
        ld      hl, #w_rows
        dec     (hl)
        jr      z, 2$
        dec     c
        jr      nz, 1$
        jr      3$
2$:     ld      a, (w_showx)
        ld      (v_wx), a
        ld      a, (w_showy)
        ld      (v_wy), a
        ld      hl, #v_lcdc
        set     LCDC_WINDOW_BIT, (hl)
3$:     ld      a, #1
        or      a               ; NZ
        ret

; A list with a cursor: b = items, hl = cell left of the first, two rows each.
; Moves g_cursor with up and down, round at the ends, and draws it.
list_run:
        ld      a, (k_pressed)
        and     #KEY_UP | KEY_DOWN
        jr      z, 3$
        ld      c, a
        push    bc
        push    hl
        call    list_cell
        ld      a, #SPACE
        call    queue_char
        ld      hl, #effect_blip
        call    sound_effect
        pop     hl
        pop     bc
        ld      a, (g_cursor)
        bit     7, c            ; down goes before up
        jr      z, 1$
        inc     a
        cp      b
        jr      c, 2$
        xor     a
        jr      2$
1$:     sub     #1
        jr      nc, 2$
        ld      a, b
        dec     a
2$:     ld      (g_cursor), a
3$:     call    list_cell
        ld      a, #'>
        jp      queue_char

; hl = the cursor's cell in a list that begins at hl
list_cell:
        ld      a, (g_cursor)
        ld      e, a
        ld      d, #0
        swap    e
        sla     e
        sla     e               ; 64 * cursor; lists are short
        add     hl, de
        ret

; hl -> d_digits = five decimal digits, leading zeros as blanks
number_format:
        ld      de, #d_digits
        ld      bc, #-10000
        call    1$
        ld      bc, #-1000
        call    1$
        ld      bc, #-100
        call    1$
        ld      bc, #-10
        call    1$
        ld      a, l
        add     a, #'0
        ld      (de), a
        ld      hl, #d_digits
        ld      b, #4
3$:     ld      a, (hl)
        cp      #'0
        ret     nz
        ld      a, #SPACE
        ld      (hl+), a
        dec     b
        jr      nz, 3$
        ret
1$:     ld      a, #'0 - 1
2$:     inc     a
        push    hl
        add     hl, bc
        jr      nc, 4$
        inc     sp
        inc     sp              ; forget the larger value
        jr      2$
4$:     pop     hl
        ld      (de), a
        inc     de
        ret
