; The recorder: the game's own testimony of what its joypad was given.
; Runs first in every VBlank, whatever the game is doing.

; Counts the frame, polls both nibbles, logs a change.
; Clobbers af, bc, de, hl.
recorder_poll:
        ld      hl, #REC_FRAME
        call    increment32

        ; Each nibble is read several times: the lines need time to settle.
        ld      a, #0x20
        ldh     (rP1), a
        ldh     a, (rP1)
        ldh     a, (rP1)
        cpl
        and     #0x0f
        swap    a
        ld      b, a
        ld      a, #0x10
        ldh     (rP1), a
        ldh     a, (rP1)
        ldh     a, (rP1)
        ldh     a, (rP1)
        ldh     a, (rP1)
        cpl
        and     #0x0f
        or      b
        ld      b, a
        ld      a, #0x30
        ldh     (rP1), a

        ld      a, (REC_STATE)
        cp      b
        ret     z

        ; entry = ring + 8 * (count mod 512)
        ld      a, (REC_COUNT)
        ld      l, a
        ld      a, (REC_COUNT + 1)
        and     #0x01
        ld      h, a
        add     hl, hl
        add     hl, hl
        add     hl, hl
        ld      a, h
        or      #>REC_RING
        ld      h, a

        ld      de, #REC_FRAME
        ld      a, (de)
        ld      (hl+), a
        inc     e
        ld      a, (de)
        ld      (hl+), a
        inc     e
        ld      a, (de)
        ld      (hl+), a
        inc     e
        ld      a, (de)
        ld      (hl+), a
        ld      a, b
        ld      (hl+), a
        ld      a, #0xa5
        ld      (hl+), a
        ld      a, (REC_COUNT)
        ld      (hl+), a
        ld      a, (REC_COUNT + 1)
        ld      (hl), a

        ; The count moves last, so a reader never sees half an entry.
        ld      a, b
        ld      (REC_STATE), a
        ld      hl, #REC_COUNT
        ; falls through

; Adds one to the little-endian u32 at hl.
increment32:
        inc     (hl)
        ret     nz
        inc     l
        inc     (hl)
        ret     nz
        inc     l
        inc     (hl)
        ret     nz
        inc     l
        inc     (hl)
        ret
