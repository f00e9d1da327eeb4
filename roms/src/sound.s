; Sound: one effect at a time on channel 1, a two-voice tune on channels 2 and 3.

sound_start:
        ld      a, #0x80
        ldh     (rNR52), a
        ld      a, #0x77
        ldh     (rNR50), a
        ld      a, #0xff
        ldh     (rNR51), a
        ; the bass: a soft triangle
        ld      hl, #wave
        ld      c, #rWAVE
        ld      b, #16
1$:     ld      a, (hl+)
        ldh     (c), a
        inc     c
        dec     b
        jr      nz, 1$
        ret

wave:   .db     0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef
        .db     0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10

; Plays the effect at hl, over any other.
sound_effect:
        ld      a, l
        ld      (s_effect), a
        ld      a, h
        ld      (s_effect + 1), a
        ld      a, #1
        ld      (s_wait), a
        ret

sound_tick:
        ld      a, (g_options)
        bit     OPT_MUTE, a
        ld      a, #0xff
        jr      z, 1$
        xor     a
1$:     ldh     (rNR51), a
        call    tune_tick

        ld      a, (s_wait)
        or      a
        ret     z
        dec     a
        ld      (s_wait), a
        ret     nz
        ld      hl, #s_effect
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        ld      a, (hl+)
        or      a
        jr      z, 3$
        ld      (s_wait), a
        ld      bc, #5 * 256 + rNR10
2$:     ld      a, (hl+)
        ldh     (c), a
        inc     c
        dec     b
        jr      nz, 2$
        ld      a, l
        ld      (s_effect), a
        ld      a, h
        ld      (s_effect + 1), a
        ret
3$:     xor     a
        ldh     (rNR12), a      ; the effect is over
        ret

; hl = melody, de = bass
tune_start:
        ld      a, l
        ld      (s_tune), a
        ld      a, h
        ld      (s_tune + 1), a
        ld      a, e
        ld      (s_bass), a
        ld      a, d
        ld      (s_bass + 1), a
        ld      a, #1
        ld      (s_note), a
        ld      (s_bassnote), a
        ret

tune_stop:
        xor     a
        ld      (s_tune + 1), a
        ldh     (rNR22), a
        ldh     (rNR30), a
        ret

tune_tick:
        ld      a, (s_tune + 1)
        or      a
        ret     z
        ld      hl, #s_note
        dec     (hl)
        call    z, melody_note
        ld      hl, #s_bassnote
        dec     (hl)
        ret     nz

        ld      hl, #s_bass
        call    note_next
        ld      (s_bassnote), a
        ld      a, l
        ld      (s_bass), a
        ld      a, h
        ld      (s_bass + 1), a
        xor     a
        ldh     (rNR30), a
        ld      a, d
        or      e
        ret     z
        ld      a, #0x80
        ldh     (rNR30), a
        ld      a, #0x40        ; half volume
        ldh     (rNR32), a
        ld      a, e
        ldh     (rNR33), a
        ld      a, d
        or      #0x80
        ldh     (rNR34), a
        ret

melody_note:
        ld      hl, #s_tune
        call    note_next
        ld      (s_note), a
        ld      a, l
        ld      (s_tune), a
        ld      a, h
        ld      (s_tune + 1), a
        ld      a, d
        or      e
        ret     z
        ld      a, #0x80
        ldh     (rNR21), a
        ld      a, #0x75        ; fades like a plucked string
        ldh     (rNR22), a
        ld      a, e
        ldh     (rNR23), a
        ld      a, d
        or      #0x80
        ldh     (rNR24), a
        ret

; Reads a note through the pointer at hl: hl = pointer after it, a = frames,
; de = its frequency (0: a rest). A length of 0 jumps to the address after it.
note_next:
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
1$:     ld      a, (hl+)
        or      a
        jr      nz, 2$
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        jr      1$
2$:     ld      b, a
        ld      a, (hl+)
        ld      e, a
        ld      a, (hl+)
        ld      d, a
        ld      a, b
        ret

; Effects: frames, then NR10..NR14; 0 ends.
effect_blip:
        .db     3, 0x00, 0x80, 0x91, 0x20, 0x87
        .db     0
effect_back:
        .db     3, 0x00, 0x80, 0x91, 0x80, 0x86
        .db     0
effect_tick:
        .db     2, 0x00, 0x40, 0x41, 0x90, 0x87
        .db     0
effect_bump:
        .db     8, 0x1c, 0x80, 0xa2, 0x60, 0x83
        .db     0
effect_start:
        .db     5, 0x00, 0x80, 0xa2, 0x06, 0x87
        .db     5, 0x00, 0x80, 0xa2, 0x39, 0x87
        .db     14, 0x00, 0x80, 0xa3, 0x83, 0x87
        .db     0
effect_save:
        .db     6, 0x00, 0x80, 0xa2, 0x39, 0x87
        .db     6, 0x00, 0x80, 0xa2, 0x06, 0x87
        .db     6, 0x00, 0x80, 0xa2, 0x39, 0x87
        .db     20, 0x00, 0x80, 0xa4, 0x9d, 0x87
        .db     0
effect_goal:
        .db     8, 0x00, 0x80, 0xb2, 0x06, 0x87
        .db     8, 0x00, 0x80, 0xb2, 0x39, 0x87
        .db     8, 0x00, 0x80, 0xb2, 0x59, 0x87
        .db     16, 0x00, 0x80, 0xb3, 0x83, 0x87
        .db     8, 0x00, 0x80, 0xb2, 0x59, 0x87
        .db     40, 0x00, 0x80, 0xb6, 0x83, 0x87
        .db     0
