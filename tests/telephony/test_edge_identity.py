"""Who calls: what is believed, what is withheld, how it is written. No sockets."""

import pytest

from config.settings import Trunk
from telephony.edge.calls.identity import of_phone, of_trunk
from telephony.edge.sip.message import Request

FROM = '"x" <sip:+8613900001111@carrier.example>;tag=1'
ASSERTED = ("P-Asserted-Identity", '"y" <sip:+8657188886666@carrier.example>, <tel:+86-571-8888-6666>')


def trunk(**over: object) -> Trunk:
    return Trunk.model_validate({"name": "carrier", "addresses": ["10.0.0.0/24"]} | over)


def request(sender: str = FROM, *more: tuple[str, str]) -> Request:
    return Request([("From", sender), ("To", "<sip:12348@x>"), *more], b"", "INVITE", "sip:12348@x")


@pytest.mark.parametrize(
    ("sender", "more", "over", "caller"),
    [
        (FROM, (), {}, "13900001111"),
        (FROM, (ASSERTED,), {}, "057188886666"),
        (FROM, (ASSERTED,), {"trusted": False}, "13900001111"),
        (FROM, (ASSERTED, ("Privacy", "id")), {}, "anonymous"),
        (FROM, (("Privacy", "critical; ID"),), {"trusted": False}, "anonymous"),
        (FROM, (ASSERTED, ("Privacy", "none")), {}, "057188886666"),
        ("Anonymous <sip:anonymous@anonymous.invalid>;tag=1", (ASSERTED,), {}, "057188886666"),
        ("Anonymous <sip:anonymous@anonymous.invalid>;tag=1", (), {}, "anonymous"),
        ("<sip:88886666@x>;tag=1", (), {"area_code": "0571"}, "057188886666"),
        ("<tel:+86-139-0000-1111>;tag=1", (), {}, "13900001111"),
        ("<sip:x>;tag=1", (), {}, None),
        ("<sip:a%0d%0ab@x>;tag=1", (), {}, None),
        (FROM, (("P-Asserted-Identity", "<nonsense"),), {}, "13900001111"),
    ],
)
def test_the_caller_the_worker_is_told(
    sender: str, more: tuple[tuple[str, str], ...], over: dict[str, object], caller: str | None
) -> None:
    came = request(sender, *more, ("Remote-Party-Id", "<sip:110@x>"), ("X-Hotline-Caller", "forged"))
    of_trunk(came, trunk(**over))
    assert came.all("X-Hotline-Caller") == ([caller] if caller else [])
    assert not {name for name, _ in came.headers} & {"P-Asserted-Identity", "Remote-Party-Id", "Privacy"}


def test_a_phone_is_who_it_has_shown_to_be() -> None:
    came = request(FROM, ASSERTED)
    of_phone(came, "1001")
    assert came.all("X-Hotline-Caller") == ["1001"] and came.get("P-Asserted-Identity") is None
