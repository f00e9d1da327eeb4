; The picture: shadow registers, the queue of VRAM writes, palettes.
;
; The LCD is never off, so VRAM is written only in VBlank, and only through the
; queue: the main loop appends runs, the interrupt copies them.
; A run is  length, address low, address high, bytes; a length of 0 ends the
; queue. With bit 7 set it goes downwards, 32 apart, and is QUEUE_DOWN long.
; Keep to some 50 bytes a frame: they fit in VBlank beside recorder and sprites.

QUEUE_DOWN = 2 * SCREEN_ROWS

; LCD off: load tiles, copy the sprite DMA routine to HRAM.
video_start:
        ld      de, #0x8800
        ld      hl, #tiles_font
        ld      b, #tiles_font_count
        call    copy_tiles
        ld      de, #0x9000
        ld      hl, #tiles_world
        ld      b, #tiles_world_count
        call    copy_tiles
        ld      hl, #DMA_CODE
        ld      de, #dma_code
        ld      b, #dma_code_end - dma_code
1$:     ld      a, (de)
        inc     de
        ld      (hl+), a
        dec     b
        jr      nz, 1$
        ret

        .macro  copy_two
        pop     de
        ld      a, e
        ld      (hl+), a
        ld      a, d
        ld      (hl+), a
        .endm

; b tiles from hl to de, LCD and interrupts off. Reads through the stack
; pointer, the quickest way there is: the title is up that much sooner.
copy_tiles:
        ld      (v_stack), sp
        ld      sp, hl
        ld      h, d
        ld      l, e
1$:     copy_two
        copy_two
        copy_two
        copy_two
        copy_two
        copy_two
        copy_two
        copy_two
        dec     b
        jr      nz, 1$
        ld      hl, #v_stack
        ld      a, (hl+)
        ld      h, (hl)
        ld      l, a
        ld      sp, hl
        ret

; Runs from HRAM: during DMA the CPU reaches nothing else.
dma_code:
        ld      a, #>OAM_SHADOW
        ldh     (rDMA), a
        ld      a, #40
1$:     dec     a
        jr      nz, 1$
        ret
dma_code_end:

        .macro  down_one
        ld      a, (de)
        inc     e
        ld      (hl), a
        add     hl, bc
        res     2, h            ; 9C00 wraps to 9800
        .endm

        .macro  down_six
        down_one
        down_one
        down_one
        down_one
        down_one
        down_one
        .endm

; In VBlank: sprites, registers, queue.
video_flush:
        call    DMA_CODE
        call    video_registers
        ld      de, #QUEUE
1$:     ld      a, (de)
        or      a
        jp      z, 4$
        ld      b, a
        inc     e
        ld      a, (de)
        ld      l, a
        inc     e
        ld      a, (de)
        ld      h, a
        inc     e
        bit     7, b
        jr      nz, 3$
2$:     ld      a, (de)
        inc     e
        ld      (hl+), a
        dec     b
        jr      nz, 2$
        jr      1$
3$:     ld      bc, #32         ; unrolled: half the time of a loop
        down_six
        down_six
        down_six
        jp      1$
4$:     ld      (QUEUE), a
        ld      (v_tail), a
        ldh     a, (rLY)
        ld      hl, #g_line
        or      a
        jr      nz, 5$
        ld      a, #154         ; line 0: VBlank was over
5$:     cp      (hl)
        ret     c
        ld      (hl), a
        ret

video_registers:
        ld      hl, #v_lcdc
        ld      a, (hl+)
        ldh     (rLCDC), a
        ld      a, (hl+)
        ldh     (rSCX), a
        ld      a, (hl+)
        ldh     (rSCY), a
        ld      a, (hl+)
        ldh     (rWX), a
        ld      a, (hl+)
        ldh     (rWY), a
        ld      a, (hl+)
        ldh     (rBGP), a
        ld      a, (hl+)
        ldh     (rOBP0), a
        ld      a, (hl)
        ldh     (rOBP1), a
        ret

; Opens a run: a = length byte, hl = address. Returns de = where bytes go.
queue_open:
        push    af
        ld      d, #>QUEUE
        ld      a, (v_tail)
        ld      e, a
        pop     af
        ld      (de), a
        inc     e
        ld      a, l
        ld      (de), a
        inc     e
        ld      a, h
        ld      (de), a
        inc     e
        ret

; Ends the queue at de.
queue_close:
        xor     a
        ld      (de), a
        ld      a, e
        ld      (v_tail), a
        ret

; One character a at hl.
queue_char:
        push    af
        ld      a, #1
        call    queue_open
        pop     af
        add     a, #GLYPH
        ld      (de), a
        inc     e
        jr      queue_close

; Character a, b times from hl on.
queue_fill:
        push    af
        ld      a, b
        call    queue_open
        pop     af
        add     a, #GLYPH
1$:     ld      (de), a
        inc     e
        dec     b
        jr      nz, 1$
        jr      queue_close

; Text: hl = address, de = characters, b = how many.
queue_text:
        push    de
        ld      a, b
        call    queue_open
        pop     hl
1$:     ld      a, (hl+)
        add     a, #GLYPH
        ld      (de), a
        inc     e
        dec     b
        jr      nz, 1$
        jr      queue_close

; Bytes as they are: hl = address, de = source, b = how many.
queue_bytes:
        push    de
        ld      a, b
        call    queue_open
        pop     hl
1$:     ld      a, (hl+)
        ld      (de), a
        inc     e
        dec     b
        jr      nz, 1$
        jr      queue_close

; SELECT walks through day, dusk and night.
palette_input:
        ld      a, (g_mode)
        cp      #MODE_FADE
        ret     z
        ld      a, (k_pressed)
        and     #KEY_SELECT
        ret     z
        ld      hl, #g_palette
        inc     (hl)
        ld      a, (hl)
        cp      #3
        jr      c, 1$
        ld      (hl), #0
1$:     ld      hl, #effect_blip
        call    sound_effect
        ; falls through

; Shadow palettes from g_palette and v_fade.
palette_apply:
        ld      a, (g_palette)
        ld      b, a
        add     a, a
        add     a, b
        ld      c, a
        ld      b, #0
        ld      hl, #palettes
        add     hl, bc
        ld      de, #v_bgp
        ld      b, #3
1$:     ld      a, (hl+)
        call    palette_lighten
        ld      (de), a
        inc     e
        dec     b
        jr      nz, 1$
        ret

; Takes v_fade off each of the four shades in a, stopping at white.
palette_lighten:
        push    bc
        push    de
        push    hl
        ld      b, a
        ld      a, (v_fade)
        ld      e, a
        ld      d, #4
        ld      l, #0
1$:     ld      a, b
        and     #0x03
        sub     e
        jr      nc, 2$
        xor     a
2$:     or      l
        rrca
        rrca                    ; four rotations bring each shade home
        ld      l, a
        srl     b
        srl     b
        dec     d
        jr      nz, 1$
        ld      a, l
        pop     hl
        pop     de
        pop     bc
        ret

;               BGP   OBP0  OBP1
palettes:
        .db     0xe4, 0xe0, 0xd0        ; day
        .db     0xf9, 0xe0, 0xe0        ; dusk: one shade darker
        .db     0x1b, 0xe0, 0xd0        ; night: the land inverted, people not
