"""A ledger of the confirmed dialogs between workers and parties outside, enough to say BYE for one that is gone. Pure.

Learns from what passes (RFC 3261 §12); decides the form of the BYE, not when a worker is gone.
"""

from dataclasses import dataclass, replace

from telephony.edge.proxy.tokens import Route
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request, Response
from telephony.edge.sip.uri import FormError, parse_address


@dataclass(slots=True)
class Dialog:
    """`outside` and `inside` are the parties' From/To values with tags, the targets their Contact URIs.

    `routes` are proxies beyond us on the way out; `cseq` is the last number the worker used.
    """

    call_id: str
    route: Route
    outside: str
    inside: str
    outside_tag: str
    inside_tag: str
    outside_target: str
    inside_target: str
    routes: list[str]
    cseq: int

    @property
    def key(self) -> tuple[str, str, str]:
        return self.call_id, self.outside_tag, self.inside_tag


class Ledger:
    """Dialogs by (Call-ID, tag outside, tag inside)."""

    def __init__(self) -> None:
        self._dialogs: dict[tuple[str, str, str], Dialog] = {}
        self.changes = 0
        """Counts every change, so that one can see whether what is kept is still true."""

    def restore(self, dialogs: list[Dialog]) -> None:
        """What an edge before this one knew."""
        self._dialogs |= {dialog.key: dialog for dialog in dialogs}

    def dialogs(self) -> list[Dialog]:
        return list(self._dialogs.values())

    def __len__(self) -> int:
        return len(self._dialogs)

    def confirmed(self, invite: Request, response: Response, route: Route, worker_called: bool, ours: int) -> Dialog:
        """A 2xx to `invite` passed. `worker_called` is True when the worker was called, False when it called.

        `invite` is as it came to us, `ours` how many Record-Route values in `response` are ours.
        """
        here, there = invite.get("From") or "", response.get("To") or ""
        outside, inside = (here, there) if worker_called else (there, here)
        mine, theirs = contact_of(invite), contact_of(response)
        if worker_called:
            routes = invite.all("Record-Route")
        else:
            recorded = response.all("Record-Route")
            routes = recorded[: len(recorded) - ours][::-1]
        dialog = Dialog(
            call_id=invite.call_id,
            route=route,
            outside=outside,
            inside=inside,
            outside_tag=invite.from_tag if worker_called else response.to_tag,
            inside_tag=response.to_tag if worker_called else invite.from_tag,
            outside_target=(mine if worker_called else theirs) or "",
            inside_target=(theirs if worker_called else mine) or "",
            routes=routes,
            cseq=0 if worker_called else invite.cseq[0],
        )
        known = self._dialogs.get(dialog.key)
        if known is not None:
            return known
        self._dialogs[dialog.key] = dialog
        self.changes += 1
        return dialog

    def find(self, message: Message) -> Dialog | None:
        """The dialog a message of either side belongs to."""
        call_id, sender, receiver = message.call_id, message.from_tag, message.to_tag
        return self._dialogs.get((call_id, sender, receiver)) or self._dialogs.get((call_id, receiver, sender))

    def passed(self, request: Request, from_inside: bool) -> None:
        """A request within a dialog went by: keep its number and, from INVITE and UPDATE, the new target."""
        dialog = self.find(request)
        if dialog is None:
            return
        if from_inside and request.method != "ACK" and request.cseq[0] > dialog.cseq:
            dialog.cseq = request.cseq[0]
            self.changes += 1
        if request.method in ("INVITE", "UPDATE"):
            self._refresh(dialog, contact_of(request), from_inside)

    def moved(self, request: Request, flow: Flow) -> None:
        """The party outside speaks over another stream now: `flow` is the way back to it."""
        dialog = self.find(request)
        if dialog is not None and dialog.route.flow != flow:
            dialog.route = replace(dialog.route, flow=flow)
            self.changes += 1

    def answered(self, response: Response, from_inside: bool) -> None:
        """A final answer within a dialog went by.

        One to BYE ends it; 408 and 481 only where they answer INVITE or UPDATE, those to other requests end what these
        began (RFC 5057 §5.1).
        """
        method = response.cseq[1]
        dialog = self.find(response)
        if dialog is None:
            return
        targets = method in ("INVITE", "UPDATE")
        if (method == "BYE" and response.status >= 200) or (targets and response.status in (408, 481)):
            self.ended(dialog)
        elif targets and 200 <= response.status < 300:
            self._refresh(dialog, contact_of(response), from_inside)

    def ended(self, dialog: Dialog) -> None:
        if self._dialogs.pop(dialog.key, None) is not None:
            self.changes += 1

    def of_worker(self, worker: str) -> list[Dialog]:
        return [dialog for dialog in self._dialogs.values() if dialog.route.worker == worker]

    def _refresh(self, dialog: Dialog, target: str | None, from_inside: bool) -> None:
        self.changes += 1
        if target and from_inside:
            dialog.inside_target = target
        elif target:
            dialog.outside_target = target


def contact_of(message: Message) -> str | None:
    """The URI of the first Contact, None when there is none that can be read."""
    values = message.listed("Contact")
    try:
        return parse_address(values[0], "Contact").uri if values else None
    except FormError:
        return None


def bye(dialog: Dialog, via: str) -> Request:
    """BYE to the party outside in the name of the worker (§12.2.1.1), with why (RFC 3326)."""
    headers = [("Via", via), ("Max-Forwards", "70")]
    headers += [("Route", value) for value in dialog.routes]
    headers += [("From", dialog.inside), ("To", dialog.outside), ("Call-ID", dialog.call_id)]
    headers += [("CSeq", f"{dialog.cseq + 1} BYE"), ("Reason", 'SIP;cause=500;text="worker gone"')]
    return Request(headers, b"", "BYE", dialog.outside_target)
