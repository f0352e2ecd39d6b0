"""A phone asks for a transfer by REFER: the worker tells who is meant and dials nobody. NOTIFYs need the edge."""

from telephony.softphone.remote import Softphone
from tests.process.house import House

AS_THE_EDGE = {"X-Hotline-Refer-To": "<sip:1002@12348>", "Refer-Sub": "false"}


def test_a_refer_is_told_and_nobody_is_dialled(house: House, caller: Softphone, agent: Softphone) -> None:
    call = house.call(caller)
    house.core.order(call, "Dial", leg="agent:li", uri="sip:1001@12348", caller="13800001111")
    house.core.wait("LegAnswered", call=call)
    agent.refer("none", AS_THE_EDGE)
    told = house.core.wait("Referred", call=call)
    assert (told["leg"], told["target"], told["replaces"]) == ("agent:li", "1002", False)
    house.settle(call)
    assert not [each for each in house.core.facts if each["fact"] == "LegRinging" and each["leg"] != "agent:li"]
    house.finish(call, caller)


def test_a_caller_may_not_refer(house: House, caller: Softphone) -> None:
    call = house.call(caller)
    caller.refer("none", AS_THE_EDGE)
    assert caller.wait("refer_told")["code"] == 603
    caller.refer("sip:1002@12348")
    assert caller.wait("refer_told")["code"] == 603
    house.settle(call)
    house.finish(call, caller)
