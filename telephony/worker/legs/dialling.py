"""A leg as it was dialled, so that it can be dialled again with another offer where the edge asks for one. PURE.

Decides what the INVITE says to the edge of its offer, and how often that is done; trunks are the edge's business.
"""

from dataclasses import dataclass

from config.settings import Srtp
from telephony.worker.legs.requests import Wanted

MOST_OFFERS = 4
"""Each kind of SRTP once, and the first again."""


@dataclass(slots=True)
class Dialled:
    """`uri` is called with `headers`; `from_uri` is the calling address. `offers` counts the INVITEs so far."""

    uri: str
    from_uri: str
    headers: dict[str, str]
    offers: int = 0

    def offer(self, srtp: Srtp, wanted: Wanted | None) -> dict[str, str]:
        """The headers of the next INVITE, which offers `srtp`; `wanted` is what the edge asked for."""
        self.offers += 1
        if ";user=phone" not in self.uri:
            return self.headers
        tried = {"X-Hotline-Tried": wanted.tried or "-"} if wanted is not None else {}
        return {**self.headers, "X-Hotline-Srtp": srtp, **tried}

    @property
    def again(self) -> bool:
        """Whether it may be dialled once more."""
        return self.offers < MOST_OFFERS
