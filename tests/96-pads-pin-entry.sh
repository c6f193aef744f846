#!/bin/sh
# While somebody enters a PIN at one pad, all goes on at the others: APDUs, cards, plugs, another
# PIN entry, clients that come. What pcscd knows of the pad itself can be asked, too.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/pads.sh
in_sandbox --pads 3

new_card anna
new_card bert 1
new_card cora 2
asks_pin 0
first=$asked

works 1
same ok "$(at 1 connects 20)" '20 connects beside it'
pad --pad 1 remove
same ok "$(at 1 absent)" 'a card that goes'
client 1 present
pad --pad 1 insert bert
answered 1 $asked ok 'a card that comes'
pad --pad 2 unplug
same ok "$(at 2 absent)" 'a pad that is unplugged'
pad --pad 2 plug
works 2
has "$(at 2 direct feature 08 201740000450024142)" 9000 'a text on the third pad'
same ok "$(at 0 present)" 'a look at the busy pad'

asks_pin 1
second=$asked
in_entry 0
in_entry 1
pad --pad 1 press 1 2 3 4 5 6 ok
answered 1 $second 9000 'the second PIN entry'
works 1
in_entry 0
pad press 6 5 4 3 2 1 ok
answered 0 $first 63C2 'the first PIN entry'
