"""A call out on its way over the trunks that may take it, one after the other. Pure.

Holds what is known of it; when the next trunk is asked is telephony.edge.divert's business.
"""

from dataclasses import dataclass

from config.settings import Trunk


@dataclass(slots=True)
class Going:
    """`trunk` is asked now, `ways` are those still to be asked; `rang` once the called phone rang.

    `proving` is the trunk, and its realm, that the INVITE answers a challenge of.
    """

    number: str
    trunk: str
    ways: list[Trunk]
    silent_until: float
    interval: float
    rang: bool = False
    heard: bool = False
    proving: tuple[str, str] = ("", "")
