; The player: steps of 16 frames, one pixel a frame, and what A does.

; What a direction is made of; by g_facing.
step_x: .db     0, 0, -1, 1
step_y: .db     1, -1, 0, 0

world_run:
        ld      a, (g_walk)
        or      a
        jr      nz, 1$
        call    player_decide
        ld      a, (g_walk)
        or      a
1$:     call    nz, player_step
        ld      a, (p_bump)
        or      a
        jr      z, 2$
        dec     a
        ld      (p_bump), a
2$:     jp      map_scroll

; Standing: A, START, then the d-pad.
player_decide:
        ld      a, (k_pressed)
        bit     0, a            ; A
        jp      nz, player_look
        bit     3, a            ; START
        jp      nz, menu_open
        ld      a, (k_held)
        ; one direction counts: down, up, left, right, in this order
        ld      b, #0
        add     a, a
        jr      c, player_turn
        inc     b
        add     a, a
        jr      c, player_turn
        inc     b
        add     a, a
        jr      c, player_turn
        inc     b
        add     a, a
        ret     nc
        ; falls through

; Faces b, and walks if nothing is in the way.
player_turn:
        ld      a, b
        ld      (g_facing), a
        ld      a, (k_pressed)
        and     #0xf0
        jr      z, 1$
        xor     a
        ld      (p_bump), a     ; every new press may bump at once
1$:     call    player_ahead
        call    map_kind
        or      a
        jr      nz, 2$
        ld      a, #16
        ld      (g_walk), a
        jr      player_uncover
2$:     ld      a, (p_bump)
        or      a
        ret     nz
        ld      a, #16
        ld      (p_bump), a
        ld      hl, #g_bumps
        call    increment16
        ld      hl, #effect_bump
        jp      sound_effect

; Adds one to the u16 at hl.
increment16:
        inc     (hl)
        ret     nz
        inc     hl
        inc     (hl)
        ret

; -> b = x, c = y of the cell in front of the player.
player_ahead:
        ld      a, (g_facing)
        ld      e, a
        ld      d, #0
        ld      hl, #step_x
        add     hl, de
        ld      a, (g_x)
        add     a, (hl)
        ld      b, a
        ld      hl, #step_y
        add     hl, de
        ld      a, (g_y)
        add     a, (hl)
        ld      c, a
        ret

; Queues the strip of map that this step will bring into view.
player_uncover:
        ld      a, (g_x)
        sub     #PLAYER_COLUMN
        ld      b, a
        ld      a, (g_y)
        sub     #PLAYER_ROW
        ld      c, a
        ld      a, (g_facing)
        ld      hl, #uncover_table
        push    bc
        add     a, a
        ld      c, a
        ld      b, #0
        add     hl, bc
        pop     bc
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        jp      (hl)

uncover_table:
        .dw     uncover_down, uncover_up, uncover_left, uncover_right
uncover_down:
        ld      a, c
        add     a, #SCREEN_ROWS
        ld      c, a
        jp      map_row
uncover_up:
        dec     c
        jp      map_row
uncover_left:
        dec     b
        jp      map_column
uncover_right:
        ld      a, b
        add     a, #SCREEN_COLUMNS
        ld      b, a
        jp      map_column

; One pixel. With the sixteenth the player has arrived.
player_step:
        ld      hl, #g_walk
        dec     (hl)
        ret     nz
        call    player_ahead
        ld      a, b
        ld      (g_x), a
        ld      a, c
        ld      (g_y), a
        ld      hl, #p_foot
        inc     (hl)
        ld      hl, #g_steps
        call    increment16
        ; the goal of the maze speaks once
        ld      a, b
        cp      #GOAL_X
        ret     nz
        ld      a, c
        cp      #GOAL_Y
        ret     nz
        ld      hl, #g_flags
        bit     2, (hl)
        ret     nz
        set     2, (hl)
        ld      hl, #effect_goal
        call    sound_effect
        ld      hl, #text_goal
        jp      text_open

; -> d, e = how far the step has come, in pixels; 0, 0 while standing.
player_offset:
        ld      de, #0
        ld      a, (g_walk)
        or      a
        ret     z
        ld      b, a
        ld      a, #16
        sub     b
        ld      b, a            ; 1..15
        ld      a, (g_facing)
        or      a
        jr      z, 1$
        dec     a
        jr      z, 2$
        dec     a
        jr      z, 3$
        ld      d, b
        ret
1$:     ld      e, b
        ret
2$:     sub     b
        ld      e, a
        ret
3$:     sub     b
        ld      d, a
        ret

; A: look at what is in front. The events come from map.txt and dialog.s.
player_look:
        call    player_ahead
        ld      hl, #events
1$:     ld      a, (hl+)
        cp      #0xff
        ret     z
        cp      b
        jr      nz, 2$
        ld      a, (hl)
        cp      c
        jr      z, 3$
2$:     ld      de, #EVENT_SIZE - 1
        add     hl, de
        jr      1$
3$:     inc     hl
        ld      a, (hl+)        ; the flag it sets
        ld      b, a
        ld      a, (g_flags)
        or      b
        ld      (g_flags), a
        ld      a, (hl+)        ; person + 1, or 0
        or      a
        jr      z, 4$
        ; the person turns to the player: 0 <-> 1, 2 <-> 3
        add     a, #<n_facing - 1
        ld      e, a
        ld      d, #>n_facing
        ld      a, (g_facing)
        xor     #1
        ld      (de), a
4$:     ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        jp      text_open
