"""Requests about calls that are up, from the console and from core.sock: audited where they must be, refused, or told.

Decides who counts as a supervisor; whether a request can be met is telephony.control.rules', what follows is the
switchboard's.
"""

from agent_console.bridge import RefusedError
from ivr.facts import Requested
from records import accounts, audit
from records.threads import DatabaseThreads
from telephony.control.rules import refusal
from telephony.control.talk import Request
from telephony.core.exchange import Exchange

WATCHES = frozenset({"listen", "whisper", "barge", "leave"})
REQUESTS = frozenset(each.value for each in Request)


class CallDesk:
    """On the reactor's thread."""

    def __init__(self, exchange: Exchange, threads: DatabaseThreads) -> None:
        self._exchange = exchange
        self._threads = threads

    async def ask(self, asked: Requested) -> None:
        """Have it done. Raises RefusedError with the reason in Chinese, DatabaseError where it cannot be audited."""
        if asked.request in WATCHES:
            account = await self._threads.read(accounts.account, asked.by)
            if account is None or account.role != "supervisor":
                raise RefusedError("只有值班长可以监听、耳语或插话。", "by")
            asked = Requested(asked.call, asked.request, asked.by, "phone", account.sip_user or "")
        self._refuse(asked)
        if asked.request in WATCHES:
            await self._threads.write(
                audit.append, self._exchange.now(), asked.by, f"call.{asked.request}", f"call:{asked.call}", {}
            )
            self._refuse(asked)  # the talk may be another one after the wait
        await self._exchange.take(asked)

    def _refuse(self, asked: Requested) -> None:
        board = self._exchange.switchboard
        why = refusal(board, board.calls.get(asked.call), asked)
        if why:
            raise RefusedError(why, "request")
