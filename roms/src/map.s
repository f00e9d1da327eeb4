; The map: finding cells, and drawing strips of them into the scrolling BG map.
;
; A cell is 16x16 pixels. The map is a torus of 64x64 cells at MAP (the land of
; map.txt, the rest forest), the BG map one of 16x16 cells, so cell (x, y) is
; always drawn at (x mod 16, y mod 16) and nothing ever needs a bounds check.

SCREEN_COLUMNS = 10
SCREEN_ROWS    = 9
PLAYER_COLUMN  = 4              ; cells left of the player on the screen
PLAYER_ROW     = 4              ; cells above

; b = x, c = y -> hl = address in MAP. Keeps bc, de.
map_address:
        ld      a, c
        rrca
        rrca
        ld      l, a
        and     #0x0f
        or      #>MAP
        ld      h, a
        ld      a, l
        and     #0xc0
        ld      l, a
        ld      a, b
        and     #0x3f
        or      l
        ld      l, a
        ret

; b = x, c = y -> a = kind of that cell: 0 free, 1 wall, 2 to read, 3 person.
map_kind:
        call    map_address
        ld      l, (hl)
        ld      h, #>META_KIND
        ld      a, (hl)
        ret

; b = x, c = y -> hl = address of its upper left tile in the BG map.
map_screen:
        ld      a, c
        and     #0x0f
        rrca
        rrca
        ld      l, a
        and     #0x03
        or      #>BG_MAP
        ld      h, a
        ld      a, l
        and     #0xc0
        ld      l, a
        ld      a, b
        and     #0x0f
        add     a, a
        or      l
        ld      l, a
        ret

; Queues the column of cells at x = b from y = c down, as tall as the screen.
map_column:
        xor     a
        ld      (m_left), a
        ld      a, #>META_TL
        call    1$
        ld      a, #1
        ld      (m_left), a
        ld      a, #>META_TR
1$:     ld      (m_page), a
        call    map_screen
        ld      a, (m_left)
        or      l
        ld      l, a
        ld      a, #0x80 + QUEUE_DOWN
        call    queue_open
        push    bc
        call    map_address
        ld      b, #SCREEN_ROWS
2$:     push    hl
        ld      l, (hl)
        ld      a, (m_page)
        ld      h, a
        ld      a, (hl)
        ld      (de), a
        inc     e
        inc     h
        inc     h               ; the lower tile is two tables on
        ld      a, (hl)
        ld      (de), a
        inc     e
        pop     hl
        ld      a, l
        add     a, #64
        ld      l, a
        jr      nc, 3$
        inc     h
        ld      a, h
        and     #0x0f
        or      #>MAP
        ld      h, a
3$:     dec     b
        jr      nz, 2$
        pop     bc
        jp      queue_close

; Queues the row of cells at y = c from x = b on, as wide as the screen.
map_row:
        ld      a, #>META_TL
        call    1$
        ld      a, #>META_BL
1$:     ld      (m_page), a
        push    bc
        ld      a, #SCREEN_COLUMNS
        ld      (m_left), a
2$:     ; as many cells as there are before the BG map's right edge
        ld      a, b
        and     #0x0f
        cpl
        add     a, #17          ; 16 - (b mod 16)
        ld      d, a
        ld      a, (m_left)
        cp      d
        jr      nc, 3$
        ld      d, a
3$:     sub     d
        ld      (m_left), a
        call    map_screen
        ld      a, (m_page)
        cp      #>META_BL
        jr      nz, 4$
        ld      a, l
        or      #32
        ld      l, a
4$:     ld      a, d
        push    af
        add     a, a
        call    queue_open
        pop     af
5$:     push    af
        call    map_address
        inc     b
        ld      l, (hl)
        ld      a, (m_page)
        ld      h, a
        ld      a, (hl)
        ld      (de), a
        inc     e
        inc     h
        ld      a, (hl)
        ld      (de), a
        inc     e
        pop     af
        dec     a
        jr      nz, 5$
        call    queue_close
        ld      a, (m_left)
        or      a
        jr      nz, 2$
        pop     bc
        ret

; Scrolls the picture to the player: SCX, SCY from position and step.
map_scroll:
        call    player_offset   ; d = x, e = y offset in pixels
        ld      a, (g_x)
        swap    a
        and     #0xf0
        sub     #16 * PLAYER_COLUMN
        add     a, d
        ld      (v_scx), a
        ld      a, (g_y)
        swap    a
        and     #0xf0
        sub     #16 * PLAYER_ROW
        add     a, e
        ld      (v_scy), a
        ret

; Water and flowers move every 32 frames, two tiles at a time, and only on
; frames with room in the queue: a scrolling strip or a panel goes first.
map_animate:
        ld      a, (v_clock)
        and     #0x1f
        jr      nz, 1$
        ld      a, #ANIMATED_CHUNKS
        ld      (v_anim), a
1$:     ld      a, (v_anim)
        or      a
        ret     z
        ld      b, a
        ld      a, (v_tail)
        cp      #12             ; a cursor or a letter may be there
        ret     nc
        ld      a, b
        dec     a
        ld      (v_anim), a
        swap    a               ; 32 bytes a chunk
        add     a, a
        ld      c, a
        ld      b, #0
        ld      hl, #tiles_moving
        ld      a, (v_clock)
        and     #0x20
        jr      z, 2$
        ld      hl, #tiles_moving + 32 * ANIMATED_CHUNKS
2$:     add     hl, bc
        ld      d, h
        ld      e, l
        ld      hl, #ANIMATED_TILES
        add     hl, bc
        ld      b, #32
        jp      queue_bytes
