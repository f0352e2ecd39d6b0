"""Keys pressed for a leg: as telephone events where it takes them, as tones in the audio where it does not."""

import time

import numpy as np
import pytest

from benchmarks.phones import Call, Caller, sdp
from tests.process.house import House, strongest
from tests.process.sipp.media import PCMU, from_ulaw

EVENTS = 101
FIVE = (770, 1336)  # Hz, ITU-T Q.23
OTHERS = (697, 852, 941, 1209, 1477)


class Plain(Caller):
    """Offers no telephone events."""

    def dial(self, number: str) -> Call:
        call = Call(number)
        self.calls[call.id] = call
        kept = [line for line in sdp(self.rtp.address).split("\r\n") if not line.startswith(("a=rtpmap:101", "a=fmtp"))]
        self._send(call, "INVITE", 1, "\r\n".join(kept).replace("RTP/AVP 0 101", "RTP/AVP 0"))
        return call


@pytest.mark.parametrize("kind", [Caller, Plain])
def test_keys_arrive_whatever_the_line_takes(house: House, kind: type[Caller]) -> None:
    caller = kind(("127.0.0.1", house.edge.idle()["sip_port"]))
    try:
        caller.dial("13900071011")
        call = str(house.core.wait("Arrived")["call"])
        house.core.order(call, "Answer")
        heard(caller, 20)
        house.core.wait("Answered", call=call)
        house.core.order(call, "SendDigits", leg="caller", digits="55")
        packets = heard(caller, 50)
        house.core.order(call, "HangUp", leg="caller")
        house.core.order(call, "Dismiss")
        heard(caller, 10)
    finally:
        caller.close()
    events = [packet for packet in packets if packet[1] & 127 == EVENTS]
    samples = np.concatenate([from_ulaw(packet[12:]) for packet in packets if packet[1] & 127 == PCMU]).astype(float)
    loud = [strongest(samples, hertz) for hertz in FIVE]
    if kind is Plain:
        assert not events
        assert min(loud) > 1500
        assert max(strongest(samples, hertz) for hertz in OTHERS) < min(loud) / 3
    else:
        assert {packet[12] for packet in events} == {5}
        assert max(loud) < 100


def heard(caller: Caller, turns: int) -> list[bytes]:
    """The RTP that came in so many turns of 20 ms."""
    packets = []
    for _ in range(turns):
        caller.take()
        while (came := caller.rtp.receive()) is not None:
            packets.append(came.data)
        time.sleep(0.02)
    return packets
