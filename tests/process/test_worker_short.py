"""A recording that is over before it has begun leaves nothing behind, and costs nothing."""

from telephony.softphone.remote import Softphone
from tests.process.house import House
from tests.running import until


def test_a_call_given_up_at_once_leaves_no_tracks(house: House, caller: Softphone) -> None:
    call = house.call(caller)
    house.core.order(call, "StartRecording", file="short.wav")
    house.core.order(call, "Dismiss")
    caller.wait("ended", 15)
    until(lambda: not list((house.home / "recordings").glob(".*")) or None, "the tracks to be cleared away")
    assert "WorkerFailed" not in [fact["fact"] for fact in house.core.facts if fact["call"] == call]
