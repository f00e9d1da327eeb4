; The save in the cartridge's battery-backed RAM (MBC5, 8 kB at A000):
;   A000 'J' 'W' 'S' 1, A004.. the bytes of save_fields, then the checksum:
;   their sum, with 0x5A added so that RAM full of zeros is no save.

SAVE = 0xa000
RAM_GATE = 0x0000               ; write 0x0A to open, 0 to close
RAM_BANK = 0x4000

save_fields:
        .dw     g_x, g_y, g_facing, g_palette, g_flags, g_steps, g_steps + 1
        .dw     g_bumps, g_bumps + 1, g_options, 0

save_open_gate:
        xor     a
        ld      (RAM_BANK), a
        ld      a, #0x0a
        ld      (RAM_GATE), a
        ret

save_close_gate:
        xor     a
        ld      (RAM_GATE), a
        ret

save_write:
        ld      hl, #g_flags
        set     3, (hl)         ; FLAG_SAVED
        ld      a, #1
        ld      (g_save), a
        call    save_open_gate
        ld      hl, #SAVE
        ld      a, #'J
        ld      (hl+), a
        ld      a, #'W
        ld      (hl+), a
        ld      a, #'S
        ld      (hl+), a
        ld      a, #1
        ld      (hl+), a
        ld      bc, #save_fields
1$:     call    save_next_field
        jr      z, 2$
        ld      a, (de)
        ld      (hl+), a
        jr      1$
2$:     call    save_sum
        ld      (hl), a
        jr      save_close_gate

; g_save = whether what the cartridge holds is ours and whole
save_check:
        call    save_open_gate
        ld      hl, #SAVE
        ld      a, (hl+)
        cp      #'J
        jr      nz, 1$
        ld      a, (hl+)
        cp      #'W
        jr      nz, 1$
        ld      a, (hl+)
        cp      #'S
        jr      nz, 1$
        ld      a, (hl+)
        cp      #1
        jr      nz, 1$
        call    save_sum
        cp      (hl)
        jr      nz, 1$
        ld      a, #1
        ld      (g_save), a
1$:     jr      save_close_gate

save_load:
        call    save_open_gate
        ld      hl, #SAVE + 4
        ld      bc, #save_fields
1$:     call    save_next_field
        jr      z, save_close_gate
        ld      a, (hl+)
        ld      (de), a
        jr      1$

; bc walks save_fields -> de = the next address; Z: there is none.
save_next_field:
        ld      a, (bc)
        inc     bc
        ld      e, a
        ld      a, (bc)
        inc     bc
        ld      d, a
        or      e
        ret

; -> a = checksum over the saved fields, hl = where it is kept
save_sum:
        ld      hl, #SAVE + 4
        ld      bc, #save_fields
        push    bc
        xor     a
        ld      (d_digits), a
1$:     pop     bc
        call    save_next_field
        jr      z, 2$
        push    bc
        ld      a, (d_digits)
        add     a, (hl)
        ld      (d_digits), a
        inc     hl
        jr      1$
2$:     ld      a, (d_digits)
        add     a, #0x5a
        ret
