"""An agent with two telephones: both ring, one has the call, the other is quiet and free for the next."""

from pathlib import Path

from telephony.softphone.remote import Softphone
from tests.process.house import free_port
from tests.running import Hotline, Seat, until

CALLER = "13911119001"


def test_both_ring_and_who_picks_up_has_the_caller(hotline: Hotline, tmp_path: Path) -> None:
    seat = Seat(hotline, "two-phones", tmp_path, answer_after=None)
    mobile = Softphone(
        seat.sip_user,
        registrar=f"sip:127.0.0.1:{hotline.sip_port}",
        password=seat.sip_password,
        realm="12348",
        rtp_port=free_port() & ~1,
    )
    try:
        mobile.wait("registered", 30)
        with Softphone(CALLER, rtp_port=free_port() & ~1) as phone:
            phone.dial(hotline.number)
            phone.wait("answered", 30)
            hotline.wait_state(CALLER, "ASKING")
            phone.press("0")
            seat.phone.wait("incoming", 30)
            mobile.wait("incoming", 30)
            mobile.answer()
            mobile.wait("answered", 30)
            assert seat.phone.wait("ended", 30)["code"] == 487, "the other stops ringing"
            hotline.wait_state(CALLER, "TALKING")
            phone.hang_up()
            mobile.wait("ended", 30)
        record = until(lambda: hotline.record_of(CALLER), "the record")
        assert (record["outcome"], record["agent"]) == ("answered", "two-phones")
    finally:
        hotline.cli("agent", "pause", "two-phones")
        mobile.close()
        seat.close()
