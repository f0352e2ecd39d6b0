"""Callbacks as the console works them: the next one for an agent, what came of one, a new one, one that is dropped.

What each of these means is decided by routing.callbacks; here it is asked for, kept and audited in one transaction.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred

from agent_console.bridge import RefusedError
from config.settings import Settings
from hotline.callbacks.following import CallbackSettings, wish
from hotline.configured.hours import Times
from records import accounts, audit, callbacks
from records.callback_entry import Callback
from records.threads import DatabaseThreads
from routing.agent import Agent
from routing.callbacks import CallbackError, Event, happen, next_for, overdue

LONGEST_NOTE = 200


class CallbackDesk:
    """All on database threads. `changed` is called after each change, on the reactor's thread."""

    def __init__(self, threads: DatabaseThreads, settings: Settings, rules: CallbackSettings, times: Times) -> None:
        self._threads = threads
        self._settings = settings
        self._rules = rules
        self._times = times
        self.changed: Callable[[], None] = lambda: None

    def take(self, agent: str, now: float) -> Deferred[Callback | None]:
        """The next callback for the agent, who dials it by hand; None when there is none now."""
        return self._do(self._take, agent, now)

    def tell(self, id: str, event: str, who: str, own: bool, note: str, now: float) -> Deferred[Callback]:
        """What came of one: "reached", "missed", or "cancel". With `own` only for who has it."""
        return self._do(self._tell, id, event, who, own, note, now)

    def add(self, wanted: Mapping[str, Any], who: str, now: float) -> Deferred[Callback]:
        """A new one: `number`, `due` (UTC epoch seconds), `label`, `agent` (preferred, or empty), `note`."""
        return self._do(self._add, wanted, who, now)

    def refresh(self, now: float) -> Deferred[None]:
        """What an agent forgot waits again; what is too old is given up."""
        return self._threads.write(self._refresh, now)

    def _do(self, fn: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        return self._threads.write(fn, *arguments).addCallback(self._done)

    def _done(self, answer: Any) -> Any:
        self.changed()
        return answer

    def _by_hand(self, callback: Callback) -> bool:
        """Where the hotline dials, what is left to agents are the numbers it may not call."""
        return not self._rules.dials(self._settings) or self._settings.way_to(callback.number) is None

    # --- on a database thread

    def _refresh(self, session: Session, now: float) -> None:
        for each in callbacks.all_open(session):
            changed = overdue(self._rules, each, now)
            if changed != each:
                callbacks.save(session, changed)

    def _take(self, session: Session, name: str, now: float) -> Callback | None:
        account = accounts.account(session, name)
        if account is None or account.role != "agent":
            raise RefusedError("只有坐席可以领取回拨。")
        self._refresh(session, now)
        there = callbacks.all_open(session)
        if any(each.state == "OFFERED" and each.agent == name for each in there):
            raise RefusedError("您已领取一个回拨，请先登记它的结果。")
        there = [each for each in there if self._by_hand(each)]
        agent = Agent(name, account.sip_user or "", dict(account.skills), now)
        at = (now, self._times.opening.local(now))
        names = self._times.opening.calendar.names
        found = next_for(self._rules, there, name, lambda label: agent.generalist or agent.level(label) > 0, at, names)
        if found is None:
            return None
        taken = happen(self._rules, found, Event.OFFER, now, agent=name)
        callbacks.save(session, taken)
        audit.append(session, now, name, "callback.take", f"callback:{taken.id}")
        return taken

    def _tell(self, session: Session, id: str, event: str, who: str, own: bool, note: str, now: float) -> Callback:
        there = callbacks.get(session, id)
        if there is None:
            raise RefusedError(f"没有回拨“{id}”，请刷新页面。")
        if there.dialling and event != "cancel":
            raise RefusedError("系统正在拨打这个回拨，结果由系统登记。")
        if own and (there.state != "OFFERED" or there.agent != who):
            raise RefusedError("这个回拨不在您手上，可能已超时退回；请刷新页面。")
        if len(note) > LONGEST_NOTE:
            raise RefusedError(f"备注最多{LONGEST_NOTE}字，现为{len(note)}字。", "note")
        try:
            changed = happen(self._rules, there, Event(event), now, note=note)
        except CallbackError:
            raise RefusedError("这个回拨的状态已经改变，请刷新页面。") from None
        callbacks.save(session, changed)
        audit.append(session, now, who, f"callback.{event}", f"callback:{id}")
        return changed

    def _add(self, session: Session, wanted: Mapping[str, Any], who: str, now: float) -> Callback:
        number, label, agent, note = (str(wanted[name]) for name in ("number", "label", "agent", "note"))
        due = max(float(wanted["due"]), now)
        if not self._rules.callable(number):
            raise RefusedError(f"电话号码至少{self._rules.least_digits}位，只能是数字。", "number")
        if due > now + self._rules.keep_seconds * 10:
            raise RefusedError("预约时间太远，请重新选择。", "due")
        if label not in session.info["labels"]:
            raise RefusedError("事项不在目录中，请从列表中选择。", "label")
        if agent and getattr(accounts.account(session, agent), "role", "") != "agent":
            raise RefusedError(f"没有坐席“{agent}”，请从列表中选择。", "agent")
        if len(note) > LONGEST_NOTE:
            raise RefusedError(f"备注最多{LONGEST_NOTE}字，现为{len(note)}字。", "note")
        entry = Callback("", number, "scheduled", now, due, due, label=label, preferred=agent, note=note)
        kept = wish(session, self._rules, entry)
        audit.append(session, now, who, "callback.add", f"callback:{kept.id}")
        return kept
