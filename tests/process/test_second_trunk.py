"""A resident is called back over the second trunk, since the first, which wants to know who we are, has no line.

The second takes encrypted audio alone, the first none: the offer is made anew on the way.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telephony.softphone.remote import Softphone
from tests.process.house import free_port
from tests.process.sipp import drive
from tests.process.test_callback_dialled import RESIDENT, ask_for_callback, callback_of, change, going_out
from tests.running import Hotline, Seat, until

pytestmark = pytest.mark.skipif(drive.sipp() is None, reason=drive.MISSING)

CARRIER = "127.0.0.7"
TRUNKS = """
trunks:
  - name: first
    addresses: [127.0.0.7/32]
    account: {{user: "02012348", password: geheim}}
    health: {{seconds: 0}}
    outbound: {{host: 127.0.0.7, port: {first}, allow: ["1[3-9]xxxxxxxxx"], caller_id: "02012348"}}
  - name: second
    addresses: [127.0.0.0/8]
    srtp: required
    outbound:
      {{host: 127.0.0.1, port: {second}, allow: ["1[3-9]xxxxxxxxx"], caller_id: "02099999", priority: 1, prefix: "9"}}
"""


@pytest.fixture
def resident() -> Iterator[Softphone]:
    with Softphone(RESIDENT, rtp_port=free_port() & ~1, srtp="required") as phone:
        yield phone


def test_the_second_trunk_takes_the_call(
    make_hotline: Callable[..., Hotline], resident: Softphone, tmp_path: Path
) -> None:
    scenario = drive.filled("carrier_proof", tmp_path, user="02012348", password="geheim")
    carrier = drive.Sipp(scenario, tmp_path, CARRIER, "-m", "1", timeout=170)
    hotline = make_hotline(TRUNKS.format(first=carrier.port, second=resident.sip_port))
    change(hotline, "callbacks.yaml", windows={"every": "00:00-24:00"}, ring_seconds=30)
    change(hotline, "services.yaml", enabled=False)
    change(hotline, "shifts.yaml", outside={"action": "person"}, rosters=[])
    hotline.start()
    seat = None
    try:
        id = ask_for_callback(hotline, resident)
        seat = Seat(hotline, "dials-xu", tmp_path)
        incoming = resident.wait("incoming", 40)
        assert (incoming["caller"], incoming["called"]) == ("02099999", "9" + RESIDENT), "as the second trunk shows it"
        carrier.finish(30)
        resident.answer()
        resident.wait("answered", 30)
        hotline.wait_state(RESIDENT, "TALKING")
        seat.phone.hang_up()
        assert resident.wait("ended", 60)["secure"], "as the second trunk is set to"
        [reached] = until(lambda: going_out(hotline), "the record of the talk")
        assert (reached["outcome"], reached["ended_by"]) == ("answered", "agent")
        assert reached["trunk"] == "second", "which carried the call, not the one that was asked first"
        assert callback_of(hotline, id)["state"] == "DONE"
    finally:
        carrier.stop()
        if seat is not None:
            seat.close()
