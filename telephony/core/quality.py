"""What people will have heard of a leg, estimated from its packets: the E-model of ITU-T G.107, simplified. PURE.

R = 93.2 - Id - Ie,eff (G.107 with its default values); Id for the delay in the form of Cole and Rosenbluth, "Voice over
IP performance monitoring" (2001); Ie,eff of G.107 7.3 for random loss; MOS of G.107 Annex B. It is an estimate of the
network's part for narrowband speech: echo, noise and the phones themselves are not in it.
"""

from dataclasses import dataclass

from ivr.facts import LegMeasured

BEST = 93.2
PACKET = 20.0
"""Milliseconds of sound in a packet: they pass before it is sent."""

ROBUSTNESS = {"PCMA": 25.1, "PCMU": 25.1, "G722": 25.1}
"""Bpl of G.113 Appendix I for G.711 with loss concealment, which PJSIP does; taken for G.722 at 8 kHz as well."""

PLAIN = 4.3
"""Bpl of G.711 without concealment, for codecs that are not in the table."""

LEAST_PACKETS = 50
"""A second. Of less nothing is said."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean opinion scores, 1 (bad) to 4.4: `heard` of what came to us, `far` of what we sent. None: not known."""

    heard: float | None
    far: float | None


def estimate(leg: LegMeasured) -> Estimate:
    """What the far end heard is known only where it sent RTCP."""
    way = max(0.0, leg.round_trip) / 2 + PACKET
    coming = leg.received + leg.lost
    heard = far = None
    if leg.received >= LEAST_PACKETS:
        heard = mos(rating(leg.codec, (leg.lost + leg.late) / coming, way + max(0.0, leg.buffer)))
    if leg.sent >= LEAST_PACKETS and leg.far_lost >= 0 and leg.far_jitter >= 0:
        # The far buffer is not reported: twice its jitter is what a common one keeps.
        far = mos(rating(leg.codec, min(1.0, leg.far_lost / leg.sent), way + 2 * leg.far_jitter))
    return Estimate(heard, far)


def rating(codec: str, loss: float, delay: float) -> float:
    """R for a loss of 0..1 and a one-way delay in milliseconds."""
    late = 0.024 * delay + (0.11 * (delay - 177.3) if delay > 177.3 else 0.0)
    percent = 100 * min(1.0, max(0.0, loss))
    robust = ROBUSTNESS.get(codec, PLAIN)
    return BEST - late - 95 * percent / (percent + robust)


def mos(r: float) -> float:
    """The mean opinion score of a rating R, rounded to hundredths (G.107 Annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return round(max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6), 2)
