"""A call that 12345 passes on: its ticket is looked for, and the caller need not tell the story again. PURE.

It decides that such a caller goes to a person straight away. It must not know how tickets are found
(hotline.services.referrals).
"""

from dataclasses import replace

from ivr.commands import Command, Enqueue, FindTicket, NoteMatter
from ivr.dialogue.standing import Dialogue
from ivr.facts import Arrived, TicketFound

WELCOME = "to_12345.welcome"


def arrived(dialogue: Dialogue, fact: Arrived) -> list[Command]:
    """Ask for the ticket, where the call comes from 12345."""
    neighbour = dialogue.script.neighbour
    if neighbour is None or not neighbour.settings.comes_from(fact.trunk, fact.reference):
        return []
    dialogue.referred = TicketFound(fact.call, "")
    return [FindTicket(fact.call, fact.reference, fact.caller)]


def found(dialogue: Dialogue, fact: TicketFound, _now: float) -> list[Command]:
    """Kept for when a person is asked for; nobody waits for it."""
    dialogue.referred = fact
    return []


def to_person(dialogue: Dialogue, now: float) -> list[Command]:
    """No question is put: the agent has the ticket."""
    ticket = dialogue.referred
    assert isinstance(ticket, TicketFound)
    label = ticket.category or "agent"
    noted = [NoteMatter(dialogue.call, f"12345转来 {ticket.ticket}".strip(), label, 1.0, "none")]
    orders = dialogue.enqueue(label, WELCOME, now)
    wanted = [
        replace(order, preferred=ticket.owner) if isinstance(order, Enqueue) and ticket.owner else order
        for order in orders
    ]
    return [*noted, *wanted]
