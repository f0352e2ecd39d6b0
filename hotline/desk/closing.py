"""Emergency closures of the running hotline: what one may be ordered with, and how one outlives the core.

The order itself is a fact (ivr.closure); what callers hear is configured in config/shifts.yaml.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from agent_console.bridge import RefusedError
from ivr.closure import ClosureSet
from ivr.hours import Hours
from records import calllog
from records.threads import DatabaseThreads
from routing.facts import AgentStands
from telephony.core.exchange import Exchange
from telephony.core.journal import HOUSE, fact_of

FARTHEST_SECONDS = 31 * 86400.0


def closure_of(hours: Hours, code: str, until: float | None, by: str, now: float) -> ClosureSet:
    """The fact of an order. Raises RefusedError."""
    found = hours.closing.get(code)
    if found is None:
        known = "、".join(f"{each}（{message.name}）" for each, message in hours.closing.items())
        ways = f"可用的提示：{known}" if known else "请先在 config/shifts.yaml 的 closing 中配置提示"
        raise RefusedError(f"code：“{code}”不是已配置的关闭提示；{ways}。", "code")
    if until is not None and not now < until <= now + FARTHEST_SECONDS:
        raise RefusedError("until：应在当前时间之后、31天以内；不填表示一直关闭到手动解除。", "until")
    return ClosureSet(code, found.then, now, until, by)


def messages(hours: Hours) -> list[dict[str, Any]]:
    """What a closure may be ordered with, in the order of the configuration."""
    return [
        {"code": code, "name": each.name, "message": each.message, "then": each.then}
        for code, each in hours.closing.items()
    ]


def named(closure: Mapping[str, Any] | None, hours: Hours) -> dict[str, Any] | None:
    """The closure as the board has it, with the name and the words it has in the configuration now."""
    if closure is None:
        return None
    found = hours.closing.get(str(closure["code"]))
    name, message = (found.name, found.message) if found is not None else (str(closure["code"]), "")
    return {**closure, "name": name, "message": message}


async def take_over(exchange: Exchange, threads: DatabaseThreads, agents: Iterable[AgentStands] = ()) -> None:
    """Tell a new run of the core the closure and the agents that the last one left standing, as its first facts."""
    boot = await threads.read(calllog.last_boot)
    entry = await threads.read(calllog.last_of, boot, tuple(HOUSE)) if boot is not None else None
    fact = fact_of(entry) if entry is not None else None
    if isinstance(fact, ClosureSet) and (fact.until is None or exchange.now() < fact.until):
        await exchange.take(fact)
    for stands in agents:
        await exchange.take(stands)
