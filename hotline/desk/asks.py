"""What may be asked of the running core over core.sock: the core's end. hotline.asking is the other."""

from collections.abc import Callable, Mapping
from typing import Any

from agent_console.bridge import RefusedError
from hotline.desk.calls import REQUESTS
from hotline.desk.live import LiveDesk
from ivr.closure import ClosureLifted
from ivr.facts import Requested
from routing.agent import FORCED
from routing.facts import ForceAsked, LoadChanged, PauseAsked, ReadyAsked
from telephony.core.lines import Ask, AskError
from telephony.link.wire import Message

LONGEST_REASON = 20  # as on the agent's page


class Asks:
    """The core's end. Questions that come before `serve` are told to come again."""

    def __init__(self) -> None:
        self._desk: LiveDesk | None = None
        self._callbacks_changed: Callable[[], None] = lambda: None
        self.table: Mapping[str, Ask] = {
            "agent.list": self._list,
            "agent.ready": self._ready,
            "agent.pause": self._pause,
            "agent.force": self._force,
            "agent.load": self._load,
            "accounts.changed": self._accounts_changed,
            "callbacks.changed": self._look_at_callbacks,
            "tickets.changed": self._tickets_changed,
            "board": self._board,
            "closure.set": self._close,
            "closure.lift": self._reopen,
            "closure.show": self._closure,
            **{f"call.{name}": self._call(name) for name in REQUESTS},
        }

    def serve(self, desk: LiveDesk, callbacks_changed: Callable[[], None]) -> None:
        self._desk, self._callbacks_changed = desk, callbacks_changed

    @property
    def desk(self) -> LiveDesk:
        if self._desk is None:
            raise AskError("the core is still starting; try again")
        return self._desk

    async def _board(self, _message: Message) -> Any:
        return self.desk.board()

    async def _list(self, _message: Message) -> Any:
        return self.desk.board()["agents"]

    async def _ready(self, message: Message) -> Any:
        agent = self._agent(message)
        if not agent["phone"]:
            raise AskError(f"{agent['name']}: no phone is registered; register it at the edge first")
        said, refused = self.desk.off_shift(agent["name"])
        if refused:
            raise AskError(f"{agent['name']}: {said}")
        await self.desk.tell(ReadyAsked(agent["name"]))
        return self._agent(message) | ({"warning": said} if said else {})

    async def _pause(self, message: Message) -> Any:
        agent = self._agent(message)
        reason = str(message.get("reason") or "示忙")
        if len(reason) > LONGEST_REASON or not reason.isprintable():
            raise AskError(f"reason: must be one line of {LONGEST_REASON} characters at most")
        await self.desk.tell(PauseAsked(agent["name"], reason))
        return self._agent(message)

    async def _force(self, message: Message) -> Any:
        """Audited before it is done: what cannot be audited is refused."""
        agent, state, reason = self._agent(message), message.get("state"), str(message.get("reason") or "")
        if state not in FORCED:
            raise AskError(f"state {state!r}: must be one of {', '.join(FORCED)}")
        if state == "wrap-up" and agent["stage"] != "TALKING":
            raise AskError(f"{agent['name']}: only who talks can be put to wrap-up, not who is {agent['stage']}")
        if len(reason) > LONGEST_REASON or not reason.isprintable():
            raise AskError(f"reason: must be one line of {LONGEST_REASON} characters at most")
        by = author(message)
        await self.desk.audit(by, "agent.force", f"agent:{agent['name']}", {"from": agent["stage"], "to": state})
        await self.desk.tell(ForceAsked(agent["name"], str(state), by, reason))
        return self._agent(message)

    async def _load(self, message: Message) -> Any:
        agent, load = self._agent(message), message.get("load")
        if not isinstance(load, int | float) or not 0 <= load <= 1:
            raise AskError(f"load {load!r}: must be a number from 0 (no other work) to 1")
        await self.desk.tell(LoadChanged(agent["name"], float(load)))
        return self._agent(message)

    async def _close(self, message: Message) -> Any:
        """Audited before it is done, as every order over the whole house."""
        code, until, by = str(message.get("code") or ""), message.get("until"), author(message)
        if until is not None and not isinstance(until, int | float):
            raise AskError(f"until {until!r}: must be UTC epoch seconds, or left out")
        try:
            order = self.desk.closure(code, until, by)
        except RefusedError as error:
            raise AskError(str(error)) from None
        await self.desk.audit(by, "closure.set", f"closure:{code}", {"until": until})
        await self.desk.tell(order)
        return self.desk.board()["closure"]

    async def _reopen(self, message: Message) -> Any:
        by, standing = author(message), self.desk.board()["closure"]
        if standing is None:
            raise AskError("no closure stands; nothing to lift")
        await self.desk.audit(by, "closure.lift", f"closure:{standing['code']}", {})
        await self.desk.tell(ClosureLifted(by))
        return standing

    async def _closure(self, _message: Message) -> Any:
        return {"closure": self.desk.board()["closure"], "messages": self.desk.closings()}

    def _call(self, request: str) -> Ask:
        """`{"ask": "call.hold", "call": ID, "by": ACCOUNT, "kind": …, "target": …}`, see docs/call-control.md."""

        async def asked(message: Message) -> Any:
            given = {name: message.get(name, "") for name in ("call", "kind", "target")}
            for name, value in given.items():
                if not isinstance(value, str):
                    raise AskError(f"{name} {value!r}: must be text")
            try:
                await self.desk.ask_call(
                    Requested(given["call"], request, author(message), given["kind"], given["target"])
                )
            except RefusedError as error:
                raise AskError(str(error)) from None
            return call_state(self.desk.board(), given["call"])

        return asked

    async def _accounts_changed(self, _message: Message) -> Any:
        await self.desk.accounts_changed()
        return True

    async def _look_at_callbacks(self, _message: Message) -> Any:
        self._callbacks_changed()
        return True

    async def _tickets_changed(self, _message: Message) -> Any:
        self.desk.outbox_nudge()
        return True

    def _agent(self, message: Message) -> dict[str, Any]:
        name = message.get("name")
        for agent in self.desk.board()["agents"]:
            if agent["name"] == name:
                return dict(agent)
        raise AskError(f"{name!r}: there is no such agent; see `hotline user list`")


def call_state(board: dict[str, Any], call: str) -> dict[str, Any] | None:
    """How the talk stands after a request, None when the call is over."""
    return next((dict(each["control"]) for each in board["calls"] if each["call"] == call), None)


def author(message: Message) -> str:
    """Who orders it. Raises AskError when nobody is named."""
    by = str(message.get("by") or "").strip()
    if not by:
        raise AskError("by: is empty; say who orders it")
    return by
