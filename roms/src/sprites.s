; The sprites: player, people, the beacon's light and the title's sparks,
; built anew in OAM_SHADOW each frame.

; A figure is two 8x16 objects. Poses in a sheet, four tiles each:
;   player: 0 down, 1 down step, 2 up, 3 up step, 4 left, 5 left step
;   person: 0 down, 1 up, 2 left
; To the right is to the left, mirrored.
MIRROR = 0x20
SECOND = 0x10                   ; palette OBP1

sprites_draw:
        ld      hl, #OAM_SHADOW
        ld      a, (g_mode)
        cp      #MODE_TITLE
        jp      z, title_sprites
        ; a page covers the whole screen, and nobody is seen while loading
        cp      #MODE_PAGE
        jr      z, sprites_clear
        cp      #MODE_FADE
        jr      nz, 1$
        ld      a, (f_step)
        cp      #FADE_IN
        jr      c, sprites_clear
1$:     call    player_draw
        call    people_draw
        call    beacon_draw
        ; hide what is left of the 40 objects
sprites_clear:
        ld      b, #160
1$:     xor     a
        ld      (hl+), a
        inc     l
        inc     l
        inc     l
        ld      a, l
        cp      b
        jr      c, 1$
        ret

; Two objects at hl: b = x, c = y on the screen, d = first tile, e = attributes.
figure_draw:
        call    1$
        bit     5, e
        jr      z, 2$
        dec     d
        dec     d
2$:     ret
1$:     ld      a, c
        add     a, #16
        ld      (hl+), a
        ld      a, b
        add     a, #8
        ld      (hl+), a
        ld      a, d
        bit     5, e            ; mirrored: the halves change places
        jr      z, 3$
        inc     a
        inc     a
3$:     ld      (hl+), a
        ld      a, e
        ld      (hl+), a
        ld      a, c
        add     a, #16
        ld      (hl+), a
        ld      a, b
        add     a, #16
        ld      (hl+), a
        ld      a, d
        bit     5, e
        jr      nz, 4$
        inc     a
        inc     a
4$:     ld      (hl+), a
        ld      a, e
        ld      (hl+), a
        ret

player_draw:
        ld      b, #0           ; 1 in the middle of a step
        ld      a, (g_walk)
        sub     #5
        cp      #8
        jr      nc, 1$
        inc     b
1$:     ld      e, #0
        ld      a, (g_facing)
        cp      #3
        jr      nz, 2$
        ld      e, #MIRROR
        dec     a
        jr      3$
2$:     cp      #2
        jr      z, 3$
        ; up and down: every other step is the other foot
        ld      c, a
        ld      a, (p_foot)
        and     b
        ld      a, c
        jr      z, 3$
        ld      e, #MIRROR
3$:     add     a, a
        add     a, b
        add     a, a
        add     a, a
        add     a, #SPRITE_PLAYER
        ld      d, a
        ld      bc, #(16 * PLAYER_COLUMN) * 256 + 16 * PLAYER_ROW - 4
        jr      figure_draw

people_draw:
        xor     a
        ld      (n_index), a
        ld      de, #people
1$:     ld      a, (de)
        cp      #0xff
        ret     z
        ld      b, a
        inc     de
        ld      a, (de)
        ld      c, a
        inc     de
        call    screen_position
        jr      c, 3$
        push    de
        push    hl
        ld      a, (n_index)
        add     a, #<n_facing
        ld      l, a
        ld      h, #>n_facing
        ld      a, (hl)
        ld      l, #0
        cp      #3
        jr      nz, 2$
        ld      l, #MIRROR
        dec     a
2$:     add     a, a
        add     a, a
        ld      h, a            ; h = pose, l = mirror
        ld      a, (de)
        add     a, h
        ld      h, a
        inc     de
        ld      a, (de)
        or      l
        ld      e, a
        ld      d, h
        pop     hl
        call    figure_draw
        pop     de
3$:     inc     de
        inc     de
        ld      a, (n_index)
        inc     a
        ld      (n_index), a
        jr      1$

; Once the goal was reached, its beacon shines.
beacon_draw:
        ld      a, (g_flags)
        and     #FLAG_GOAL
        ret     z
        ld      a, (v_clock)
        and     #0x10
        ret     z
        ld      bc, #BEACON_X * 256 + BEACON_Y
        call    screen_position
        ret     c
        ld      de, #SPRITE_BEACON * 256
        jp      figure_draw

; b = x, c = y of a cell -> b, c = where a figure in it stands on the screen.
; Carry: out of view, or the window would be under it. Keeps de, hl.
screen_position:
        push    de
        push    hl
        ld      a, (g_x)
        ld      d, a
        ld      a, b
        sub     d
        add     a, #PLAYER_COLUMN + 1
        cp      #SCREEN_COLUMNS + 2
        jr      nc, 2$
        swap    a
        ld      b, a            ; 16 to the right of where it will be
        ld      a, (g_y)
        ld      d, a
        ld      a, c
        sub     d
        add     a, #PLAYER_ROW + 1
        cp      #SCREEN_ROWS + 2
        jr      nc, 2$
        swap    a
        sub     #4              ; figures stand a little above their cell's foot
        ld      c, a
        push    bc
        call    player_offset
        pop     bc
        ld      a, b
        sub     d
        ld      b, a
        ld      a, c
        sub     e
        ld      c, a
        ld      a, (v_lcdc)
        bit     LCDC_WINDOW_BIT, a
        jr      z, 1$
        ld      a, (v_wx)
        sub     #7
        cp      b
        jr      nc, 1$          ; left of the window
        ld      a, (v_wy)
        cp      c
        jr      c, 2$           ; under it
1$:     ld      a, b
        sub     #16
        ld      b, a
        ld      a, c
        sub     #16
        ld      c, a
        or      a
        jr      3$
2$:     scf
3$:     pop     hl
        pop     de
        ret
