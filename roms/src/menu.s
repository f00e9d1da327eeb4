; The START menu, and its two pages.

MENU_LIST   = WINDOW_MAP + 2 * 32 + 1
OPTION_LIST = WINDOW_MAP + 4 * 32 + 1

menu_open:
        xor     a
        ld      (g_cursor), a
        ; falls through

; The menu with the cursor where it was.
menu_return:
        ld      a, #MODE_MENU
        ld      (g_mode), a
        ld      hl, #effect_blip
        call    sound_effect
        ld      hl, #menu_panel
        jp      panel_open

menu_run:
        ld      a, (k_pressed)
        and     #KEY_B | KEY_START
        jr      nz, menu_close
        call    panel_run
        ret     nz
        ld      a, (k_pressed)
        bit     0, a            ; A
        jr      nz, 1$
        ld      b, #4
        ld      hl, #MENU_LIST
        jp      list_run
1$:     ld      a, (g_cursor)
        ld      hl, #menu_choices
        jp      jump_table

menu_choices:
        .dw     status_open, menu_save, option_open, menu_close

menu_close:
        ld      hl, #effect_back
        call    sound_effect
        jp      text_close

menu_save:
        call    save_write
        ld      hl, #effect_save
        call    sound_effect
        ld      hl, #text_saved
        jp      text_open

status_open:
        ld      b, #0
        ld      hl, #status_panel
        jr      page_open
option_open:
        xor     a
        ld      (g_cursor), a
        ld      b, #1
        ld      hl, #option_panel
page_open:
        ld      a, b
        ld      (g_page), a
        ld      a, #MODE_PAGE
        ld      (g_mode), a
        push    hl
        ld      hl, #effect_blip
        call    sound_effect
        pop     hl
        jp      panel_open

page_run:
        call    panel_run
        ret     nz
        ld      a, (g_page)
        or      a
        jp      nz, option_run
        ; falls through

status_run:
        ld      a, (k_pressed)
        and     #KEY_A | KEY_B | KEY_START
        jr      nz, status_close
        ; one field a frame
        ld      a, (v_clock)
        and     #0x07
        ld      hl, #status_fields
        jp      jump_table

status_close:
        xor     a
        ld      (g_cursor), a
        jp      menu_return

status_fields:
        .dw     status_steps, status_bumps, status_x, status_y
        .dw     status_talk, status_sign, status_goal, status_time

status_steps:
        ld      de, #g_steps
        ld      bc, #WINDOW_MAP + 5 * 32 + 13
        jr      status_word
status_bumps:
        ld      de, #g_bumps
        ld      bc, #WINDOW_MAP + 7 * 32 + 13
status_word:
        ld      a, (de)
        ld      l, a
        inc     de
        ld      a, (de)
        ld      h, a
        ; falls through
status_number:
        push    bc
        call    number_format
        pop     hl
        ld      de, #d_digits
        ld      b, #5
        jp      queue_text

status_x:
        ld      a, (g_x)
        ld      bc, #WINDOW_MAP + 9 * 32 + 13
        jr      status_place
status_y:
        ld      a, (g_y)
        ld      bc, #WINDOW_MAP + 9 * 32 + 16
status_place:
        ld      l, a
        ld      h, #0
        push    bc
        call    number_format
        pop     hl
        ld      de, #d_digits + 3       ; two digits are enough
        ld      b, #2
        jp      queue_text

status_talk:
        ld      b, #FLAG_TALKED
        ld      hl, #WINDOW_MAP + 12 * 32 + 2
        jr      status_tick
status_sign:
        ld      b, #FLAG_SIGN
        ld      hl, #WINDOW_MAP + 14 * 32 + 2
        jr      status_tick
status_goal:
        ld      b, #FLAG_GOAL
        ld      hl, #WINDOW_MAP + 16 * 32 + 2
status_tick:
        ld      a, (g_flags)
        and     b
        ret     z
        ld      a, #'*          ; the font has a ticked box there
        jp      queue_char

status_time:
        ld      a, (g_palette)
        ld      e, a
        add     a, a
        add     a, a
        add     a, e
        ld      e, a
        ld      d, #0
        ld      hl, #palette_names
        add     hl, de
        ld      d, h
        ld      e, l
        ld      hl, #WINDOW_MAP + 3 * 32 + 13
        ld      b, #5
        jp      queue_text

palette_names:
        .ascii  "  DAY DUSKNIGHT"

option_run:
        ld      a, (k_pressed)
        and     #KEY_B | KEY_START
        jr      nz, 3$
        ld      a, (k_pressed)
        and     #KEY_A | KEY_LEFT | KEY_RIGHT
        jr      z, 2$
        ld      c, a
        ld      a, (g_cursor)
        cp      #2
        jr      z, 4$
        ld      b, #1 << OPT_FAST
        or      a
        jr      z, 1$
        ld      b, #1 << OPT_MUTE
1$:     ld      hl, #g_options
        ld      a, (hl)
        xor     b
        ld      (hl), a
        ld      hl, #effect_blip
        call    sound_effect
2$:     ld      a, (g_options)
        ld      b, a
        ld      de, #option_slow
        bit     OPT_FAST, b
        jr      z, 5$
        ld      de, #option_fast
5$:     ld      hl, #WINDOW_MAP + 4 * 32 + 13
        push    bc
        ld      b, #4
        call    queue_text
        pop     bc
        ld      de, #option_on
        bit     OPT_MUTE, b
        jr      z, 6$
        ld      de, #option_off
6$:     ld      hl, #WINDOW_MAP + 6 * 32 + 13
        ld      b, #4
        call    queue_text
        ld      b, #3
        ld      hl, #OPTION_LIST
        jp      list_run
4$:     bit     0, c            ; BACK wants A
        jr      z, 2$
3$:     ld      a, #2           ; the menu's cursor back on OPTION
        ld      (g_cursor), a
        jp      menu_return

option_slow:    .ascii "SLOW"
option_fast:    .ascii "FAST"
option_on:      .ascii "ON  "
option_off:     .ascii "OFF "

; It covers the right half of the screen; the player stands left of it.
menu_panel:
        .db     10, 18, 4, 87, 0
        .ascii  "{========}"
        .ascii  "|        |"
        .ascii  "|  STATUS|"
        .ascii  "|        |"
        .ascii  "|  SAVE  |"
        .ascii  "|        |"
        .ascii  "|  OPTION|"
        .ascii  "|        |"
        .ascii  "|  EXIT  |"
        .ascii  "|        |"
        .ascii  "(========)"
        .ascii  "|        |"
        .ascii  "|A choose|"
        .ascii  "|        |"
        .ascii  "|B back  |"
        .ascii  "|        |"
        .ascii  "|        |"
        .ascii  "[========]"

status_panel:
        .db     20, 18, 2, 7, 0
        .ascii  "{==================}"
        .ascii  "| KEEPER    B back |"
        .ascii  "(==================)"
        .ascii  "| TIME             |"
        .ascii  "|                  |"
        .ascii  "| STEPS            |"
        .ascii  "|                  |"
        .ascii  "| BUMPS            |"
        .ascii  "|                  |"
        .ascii  "| PLACE        ,   |"
        .ascii  "|                  |"
        .ascii  "(==================)"
        .ascii  "| _ MET MOSS       |"
        .ascii  "|                  |"
        .ascii  "| _ READ A SIGN    |"
        .ascii  "|                  |"
        .ascii  "| _ LIT THE BEACON |"
        .ascii  "[==================]"

option_panel:
        .db     20, 18, 2, 7, 0
        .ascii  "{==================}"
        .ascii  "|  OPTION          |"
        .ascii  "(==================)"
        .ascii  "|                  |"
        .ascii  "|  TEXT            |"
        .ascii  "|                  |"
        .ascii  "|  SOUND           |"
        .ascii  "|                  |"
        .ascii  "|  BACK            |"
        .ascii  "|                  |"
        .ascii  "|                  |"
        .ascii  "|                  |"
        .ascii  "|                  |"
        .ascii  "|                  |"
        .ascii  "|                  |"
        .ascii  "(==================)"
        .ascii  "| A change  B back |"
        .ascii  "[==================]"
