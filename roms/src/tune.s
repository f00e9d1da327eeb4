; The title's tune. A note is its length in frames and its frequency register;
; on channel 3 the same register sounds an octave lower. A rest is 0.

N_C3 = 1046
N_D3 = 1155
N_E3 = 1253
N_F3 = 1297
N_G3 = 1379
N_A3 = 1452
N_B3 = 1517
N_C4 = 1547
N_D4 = 1602
N_E4 = 1650
N_F4 = 1673
N_G4 = 1714
N_A4 = 1750
N_B4 = 1783
N_C5 = 1798
N_D5 = 1825
N_E5 = 1849
N_F5 = 1860
N_G5 = 1881
N_A5 = 1899
N_B5 = 1915
REST = 0
QUAVER = 13
CROTCHET = 26
MINIM = 52
DOTTED = 78

        .macro  note length, pitch
        .db     length
        .dw     pitch
        .endm

tune_melody:
        note    CROTCHET, N_E4
        note    CROTCHET, N_G4
        note    MINIM, N_C5
        note    CROTCHET, N_B4
        note    CROTCHET, N_A4
        note    MINIM, N_E4
        note    CROTCHET, N_F4
        note    CROTCHET, N_A4
        note    CROTCHET, N_C5
        note    CROTCHET, N_A4
        note    DOTTED, N_G4
        note    CROTCHET, REST
        note    CROTCHET, N_E4
        note    CROTCHET, N_G4
        note    CROTCHET, N_C5
        note    CROTCHET, N_D5
        note    MINIM, N_E5
        note    MINIM, N_B4
        note    CROTCHET, N_A4
        note    CROTCHET, N_C5
        note    CROTCHET, N_B4
        note    CROTCHET, N_G4
        note    DOTTED, N_C5
        note    CROTCHET, REST
        note    CROTCHET, N_A4
        note    CROTCHET, N_C5
        note    MINIM, N_E5
        note    CROTCHET, N_D5
        note    CROTCHET, N_B4
        note    MINIM, N_G4
        note    QUAVER, N_A4
        note    QUAVER, N_B4
        note    CROTCHET, N_C5
        note    CROTCHET, N_B4
        note    CROTCHET, N_A4
        note    DOTTED, N_G4
        note    CROTCHET, REST
        note    CROTCHET, N_F4
        note    CROTCHET, N_A4
        note    CROTCHET, N_C5
        note    CROTCHET, N_F5
        note    MINIM, N_E5
        note    CROTCHET, N_C5
        note    CROTCHET, N_G4
        note    CROTCHET, N_A4
        note    CROTCHET, N_D5
        note    CROTCHET, N_B4
        note    CROTCHET, N_G4
        note    DOTTED, N_C5
        note    CROTCHET, REST
        .db     0
        .dw     tune_melody

tune_bass:
        note    MINIM, N_C4
        note    MINIM, N_G3
        note    MINIM, N_A3
        note    MINIM, N_E4
        note    MINIM, N_F3
        note    MINIM, N_C4
        note    MINIM, N_G3
        note    MINIM, N_D4
        note    MINIM, N_C4
        note    MINIM, N_G3
        note    MINIM, N_E3
        note    MINIM, N_B3
        note    MINIM, N_F3
        note    MINIM, N_G3
        note    MINIM, N_C4
        note    MINIM, N_G3
        note    MINIM, N_A3
        note    MINIM, N_E4
        note    MINIM, N_G3
        note    MINIM, N_D4
        note    MINIM, N_F3
        note    MINIM, N_C4
        note    MINIM, N_G3
        note    MINIM, N_D4
        note    MINIM, N_F3
        note    MINIM, N_C4
        note    MINIM, N_C4
        note    MINIM, N_E4
        note    MINIM, N_D4
        note    MINIM, N_G3
        note    MINIM, N_C4
        note    MINIM, N_G3
        .db     0
        .dw     tune_bass
