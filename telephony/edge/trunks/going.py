"""A call out on its way over the trunks that may take it, one after the other. Pure.

Holds what is known of it; when the next trunk is asked is telephony.edge.trunks.divert's business.
"""

from dataclasses import dataclass, field

from config.settings import Trunk
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request


@dataclass(slots=True)
class Going:
    """`trunk` is asked now, `ways` are those still to be asked; `rang` once the called phone rang, `moved` once
    there was anything but 100 Trying, which is awaited until `moved_until` as long as another trunk may be asked.

    `proving` is the trunk, and its realm, that the INVITE answers a challenge of. `silent` are the INVITEs of trunks
    that were given up without a word, by attempt, with the way to them; `stopped` the attempts that were cancelled.
    `others` are left to be asked as well, but with another offer of SRTP; `tried` are the names of those asked so far.
    """

    number: str
    trunk: str
    ways: list[Trunk]
    silent_until: float
    interval: float
    rang: bool = False
    moved: bool = False
    moved_until: float = 0.0
    heard: bool = False
    proving: tuple[str, str] = ("", "")
    silent: dict[int, tuple[Request, Flow]] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    others: list[Trunk] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    @property
    def left(self) -> bool:
        """Whether any trunk is left to be asked."""
        return bool(self.ways or self.others)
