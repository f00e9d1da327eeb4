; Everything the game says. Two lines of 18 letters a page; \n and \f as .db.

NL = 0x0a
FF = 0x0c

text_sign_a:
        .ascii  "WIREWICK"
        .db     NL
        .ascii  "Where every line"
        .db     FF
        .ascii  "ends in somebody"
        .db     NL
        .ascii  "who is listening."
        .db     0
text_sign_b:
        .ascii  "HEDGE MAZE"
        .db     NL
        .ascii  "The beacon waits"
        .db     FF
        .ascii  "inside. Hedges do"
        .db     NL
        .ascii  "not mind bumps."
        .db     0
text_sign_c:
        .ascii  "STILL LAKE"
        .db     NL
        .ascii  "No lines here."
        .db     0
text_door_1:
        .ascii  "Nobody answers."
        .db     NL
        .ascii  "It smells of tea."
        .db     0
text_door_2:
        .ascii  "RELAY HOUSE"
        .db     NL
        .ascii  "Mind the sparks."
        .db     0
text_moss:
        .ascii  "MOSS: A keeper!"
        .db     NL
        .ascii  "At last. The line"
        .db     FF
        .ascii  "east has been"
        .db     NL
        .ascii  "silent for days."
        .db     FF
        .ascii  "Its beacon stands"
        .db     NL
        .ascii  "in the hedge maze."
        .db     FF
        .ascii  "Do walk in and"
        .db     NL
        .ascii  "wake it, will you?"
        .db     0
text_tansy:
        .ascii  "TANSY: I count my"
        .db     NL
        .ascii  "steps in there."
        .db     FF
        .ascii  "START, and STATUS:"
        .db     NL
        .ascii  "so do you!"
        .db     0
text_goal:
        .ascii  "The beacon hums,"
        .db     NL
        .ascii  "and lights up."
        .db     FF
        .ascii  "Far away, someone"
        .db     NL
        .ascii  "says: I hear you!"
        .db     0
text_beacon:
        .ascii  "A beacon, warm to"
        .db     NL
        .ascii  "the touch."
        .db     0
text_saved:
        .ascii  "Your day is kept"
        .db     NL
        .ascii  "in the cartridge."
        .db     0
