; Names for the hardware registers and for every byte of RAM the game uses.
; C000..C0FF and D000..DFFF are a contract with the tests: see ../README.md.

; --- hardware, as ldh offsets from FF00 ---
rP1     = 0x00
rIF     = 0x0f
rNR10   = 0x10
rNR12   = 0x12
rNR21   = 0x16
rNR22   = 0x17
rNR23   = 0x18
rNR24   = 0x19
rNR30   = 0x1a
rNR31   = 0x1b
rNR32   = 0x1c
rNR33   = 0x1d
rNR34   = 0x1e
rNR42   = 0x21
rNR50   = 0x24
rNR51   = 0x25
rNR52   = 0x26
rWAVE   = 0x30
rLCDC   = 0x40
rSCY    = 0x42
rSCX    = 0x43
rLY     = 0x44
rDMA    = 0x46
rBGP    = 0x47
rOBP0   = 0x48
rOBP1   = 0x49
rWY     = 0x4a
rWX     = 0x4b
rIE     = 0xff

; LCDC: always on, BG on, 8x16 sprites on, window map at 9C00.
LCDC_TITLE = 0b11010111         ; BG tiles from 8000
LCDC_WORLD = 0b11000111         ; BG tiles from 8800/9000
LCDC_WINDOW_BIT  = 5
LCDC_SPRITES_BIT = 1

; --- buttons, the recorder's bit order ---
KEY_A      = 0x01
KEY_B      = 0x02
KEY_SELECT = 0x04
KEY_START  = 0x08
KEY_RIGHT  = 0x10
KEY_LEFT   = 0x20
KEY_UP     = 0x40
KEY_DOWN   = 0x80

; --- C000: the recorder ---
REC_MAGIC  = 0xc000             ; 'JOYW'
REC_FRAME  = 0xc004             ; u32, +1 per VBlank
REC_COUNT  = 0xc008             ; u32, joypad changes so far
REC_STATE  = 0xc00c             ; the last logged joypad state
REC_RING   = 0xd000             ; 512 entries of 8 bytes

; --- C010: the game, for whoever looks in ---
g_mode     = 0xc010
g_x        = 0xc011
g_y        = 0xc012
g_facing   = 0xc013             ; 0 down 1 up 2 left 3 right
g_walk     = 0xc014             ; frames left of the step, 0 = standing
g_cursor   = 0xc015
g_palette  = 0xc016             ; 0 day 1 dusk 2 night
g_flags    = 0xc017
g_steps    = 0xc018             ; u16
g_bumps    = 0xc01a             ; u16, steps refused by a wall
g_options  = 0xc01c             ; bit0 fast text, bit1 sound off
g_save     = 0xc01d             ; 1 = the cartridge holds a valid save
g_page     = 0xc01e             ; mode 4: 0 STATUS, 1 OPTION
g_text     = 0xc01f             ; mode 2: 0 opening, 1 typing, 2 waits for A
g_late     = 0xc020             ; frames the game missed; stays 0
g_line     = 0xc021             ; highest LY at which VBlank work ended; stays < 154

MODE_TITLE = 0
MODE_WORLD = 1
MODE_TEXT  = 2
MODE_MENU  = 3
MODE_PAGE  = 4
MODE_FADE  = 5                  ; between title and world; keys do nothing

FLAG_TALKED = 0x01
FLAG_SIGN   = 0x02
FLAG_GOAL   = 0x04
FLAG_SAVED  = 0x08
FLAG_SECOND = 0x10              ; talked to the second person

OPT_FAST = 0                    ; bit numbers in g_options
OPT_MUTE = 1

; --- C040: the engine's own ---
v_ready    = 0xc040             ; 1 = the frame is built and waits for VBlank
v_lcdc     = 0xc041
v_scx      = 0xc042
v_scy      = 0xc043
v_wx       = 0xc044
v_wy       = 0xc045
v_bgp      = 0xc046
v_obp0     = 0xc047
v_obp1     = 0xc048
v_tail     = 0xc049             ; low byte of the queue's end
v_fade     = 0xc04a             ; 0 full colour .. 3 white
v_clock    = 0xc04b             ; +1 per frame the game ran; drives blinking
v_anim     = 0xc04c             ; water chunks still to send
v_stack    = 0xc04e             ; u16, the stack while it serves copy_tiles

k_held     = 0xc050
k_pressed  = 0xc051

m_page     = 0xc054
m_left     = 0xc055

p_bump     = 0xc058             ; frames until the next bump may sound
p_foot     = 0xc059             ; which foot the next step starts with

n_facing   = 0xc05a             ; one byte per person

n_index    = 0xc05e             ; the person being drawn

w_source   = 0xc060             ; u16, panel rows still to draw
w_target   = 0xc062             ; u16, where in the window map
w_width    = 0xc064
w_rows     = 0xc065             ; rows left; 0 = the panel stands
w_chunk    = 0xc066             ; rows per frame
w_showx    = 0xc067             ; WX and WY once it stands
w_showy    = 0xc068

t_next     = 0xc06a             ; u16, next character
t_cell     = 0xc06c             ; u16, where it goes in the window map
t_timer    = 0xc06e
t_rush     = 0xc06f             ; A was pressed: finish this page quickly

f_step     = 0xc070             ; progress of the fade
f_column   = 0xc071
f_source   = 0xc072             ; u16, sprite tiles still to load
f_target   = 0xc074             ; u16

s_effect   = 0xc078             ; u16, next step of the sound effect
s_wait     = 0xc07a             ; frames until then; 0 = silent
s_tune     = 0xc07c             ; u16, next note; high byte 0 = no music
s_note     = 0xc07e             ; frames left of the note
s_bass     = 0xc080             ; u16
s_bassnote = 0xc082

d_digits   = 0xc088             ; 5 bytes of decimal text

OAM_SHADOW = 0xc100             ; copied to OAM every VBlank
QUEUE      = 0xc200             ; VRAM writes for the next VBlank
STACK_TOP  = 0xd000
DMA_CODE   = 0xff80

BG_MAP     = 0x9800
WINDOW_MAP = 0x9c00
SPACE      = 0x20
GLYPH      = 0x60               ; tile of a character = its ASCII code + GLYPH
