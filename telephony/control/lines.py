"""Steps of a talk that a line outside (110, 12345) comes into: wherever the caller stands, they hear it at once. PURE.

It decides who stays in the talk with it. When a line is called, and who asked for it, is ivr.dialogue.outside's.
"""

from dataclasses import replace

from telephony.control.steps import Change, Occasion, S, alone, merged, sent_away
from telephony.control.talk import Control


def together(control: Control, about: Occasion) -> Change:
    """Caller, agent and line hear each other; who is held comes off it, who is consulted comes in."""
    after = merged(control)
    return replace(after, guests=(*after.guests, about.leg)), []


def meanwhile(control: Control, about: Occasion) -> Change:
    """Somebody is being called: they come in when they answer, nobody waits for them."""
    return replace(control, state=S.INVITING, guests=(*control.guests, about.leg)), []


def instead(control: Control, about: Occasion) -> Change:
    """No agent has the caller: the line has them, and the number they were on their way to is given up."""
    after = replace(alone(control), state=S.OUTSIDE, guests=(*control.guests, about.leg))
    return after, sent_away(control, control.other)
