"""What the audio of one leg was like: PJSIP's RTP and RTCP counters, over all streams the leg had.

A stream ends with a re-INVITE or the call; its counters are read just before. What the figures mean for people is
telephony.core.quality's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from ivr.facts import LegMeasured

UNKNOWN = -1.0


@dataclass(frozen=True)
class Counters:
    """One stream so far: packets, and milliseconds; UNKNOWN where no report came."""

    received: int
    lost: int
    late: int
    jitter: float
    jitter_most: float
    buffer: float
    round_trip: float
    sent: int
    far_lost: int
    far_jitter: float


class Meter:
    """Of the call `call`; `clock` gives seconds. Reading is cheap and may be repeated."""

    def __init__(self, call: pj.Call, clock: Callable[[], float]) -> None:
        self._call = call
        self._clock = clock
        self._began: float | None = None
        self.codec = ""
        self.secure = False
        self._streams: list[Counters] = []
        self._now: Counters | None = None

    def begin(self) -> None:
        """There is a stream, the first or another one."""
        if self._began is None:
            self._began = self._clock()
        self.read()

    def read(self) -> None:
        """Take the counters of the stream as it is; nothing where there is none."""
        try:
            # Parts of a native struct die with it: keep it while they are read.
            statistics = self._call.getStreamStat(0)
            info = self._call.getStreamInfo(0)
            found = counters(statistics)
            self.codec = str(info.codecName).upper()
            if not self.secure:
                self.secure = "SRTP status: Active" in self._call.dump(True, "")
        except pj.Error:
            return
        if self._now is not None and (found.received < self._now.received or found.sent < self._now.sent):
            self._streams.append(self._now)  # counters begin anew with each stream
        self._now = found

    def measured(self, call: str, leg: str) -> LegMeasured | None:
        """The fact, None for a leg that never had audio."""
        if self._now is None or self._began is None:
            return None
        streams = [*self._streams, self._now]
        seconds = round(self._clock() - self._began, 3)
        last = self._now
        return LegMeasured(
            call,
            leg,
            self.codec,
            self.secure,
            seconds,
            received=sum(each.received for each in streams),
            lost=sum(each.lost for each in streams),
            late=sum(each.late for each in streams),
            jitter=last.jitter,
            jitter_most=max(each.jitter_most for each in streams),
            buffer=last.buffer,
            round_trip=max(each.round_trip for each in streams),
            sent=sum(each.sent for each in streams),
            far_lost=sum(each.far_lost for each in streams),
            far_jitter=last.far_jitter,
        )


def counters(statistics: pj.StreamStat) -> Counters:
    """PJSIP's counters in packets and milliseconds (RFC 3550 6.4.1; its own are microseconds)."""
    rtcp, buffer = statistics.rtcp, statistics.jbuf
    came, went = rtcp.rxStat, rtcp.txStat
    return Counters(
        received=int(came.pkt),
        lost=int(came.loss),
        late=int(came.discard) + int(buffer.discard),
        jitter=milliseconds(came.jitterUsec, "mean"),
        jitter_most=milliseconds(came.jitterUsec, "max"),
        buffer=float(buffer.avgDelayMsec),
        round_trip=milliseconds(rtcp.rttUsec, "mean"),
        sent=int(went.pkt),
        far_lost=int(went.loss),
        far_jitter=milliseconds(went.jitterUsec, "mean"),
    )


def milliseconds(figures: pj.MathStat, which: str) -> float:
    return round(getattr(figures, which) / 1000, 3) if figures.n else UNKNOWN
