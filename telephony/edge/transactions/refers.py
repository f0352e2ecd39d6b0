"""REFER on its way between a phone and its worker (RFC 3515, RFC 4488). Pure.

PJSIP dials whatever a REFER names, and whom a call calls is for the core to say. So whom the phone names travels beside
Refer-To, which names nobody, and the worker is asked for no subscription of PJSIP's own: it sends the NOTIFYs itself.
The phone is not told so; it has asked for a subscription, and gets what one brings. One that wants to hear no more
says so with 481, on which PJSIP would end the whole call; one that says nothing to a NOTIFY would end it as well.
"""

from telephony.edge.sip.message import Request, Response

NOBODY = "none"
NAMED = "X-Hotline-Refer-To"

NOTIFY_SECONDS = 16.0
"""After which a worker is told 200 for a phone that answers no NOTIFY: at 64·T1 = 32 s PJSIP gives up the call."""


def asked(request: Request) -> None:
    """Make a phone's REFER one for the worker."""
    if request.method != "REFER":
        return
    request.set(NAMED, request.get("Refer-To") or "")
    request.set("Refer-To", NOBODY)
    request.set("Refer-Sub", "false")


def told(response: Response) -> None:
    """Make a phone's answer to a NOTIFY one for the worker: 408 and 481 end its subscription alone (RFC 5057 §5.1)."""
    if response.cseq[1] == "NOTIFY" and response.status in (408, 481):
        response.status, response.reason = 200, "OK"


def answered(response: Response) -> None:
    """Make the worker's answer to a REFER one for the phone."""
    if response.cseq[1] == "REFER":
        response.headers = [header for header in response.headers if header[0].lower() != "refer-sub"]
