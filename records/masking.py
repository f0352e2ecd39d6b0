"""Who sees a phone number whole. Pure: role and number in, what is shown out."""

# PIPL Art. 6: as little as the work needs. A supervisor calls back; everyone else works without the digits.
SEES_NUMBERS = frozenset({"supervisor"})


def masked(number: str | None) -> str | None:
    """138****1234; short numbers keep their last two digits, shorter ones nothing."""
    if number is None:
        return None
    if len(number) >= 9:
        return f"{number[: min(6, len(number) - 8)]}****{number[-4:]}"
    return "*" * (len(number) - 2) + number[-2:] if len(number) > 4 else "*" * len(number)


def shown(number: str | None, role: str) -> str | None:
    """The number as someone in `role` sees it."""
    return number if role in SEES_NUMBERS else masked(number)
