"""PJSIP's accounts of a worker process: the one that takes INVITEs, and those that dial. They outlive the calls.

Who takes an INVITE is whoever serves at the time; while nobody does it is turned away.
"""

import contextlib
from collections.abc import Callable

import pjsua2 as pj

from config.settings import Srtp
from telephony.worker.engine import Account, Engine, call_param
from telephony.worker.legs.security import Security

REALM = "12348"
NOBODY_SERVES = 503


class Accounts:
    """Each way of encrypting has an account of its own, made when it is first needed."""

    def __init__(self, engine: Engine, security: Security) -> None:
        self._engine = engine
        self._security = security
        self.taken_by: Callable[[int, str], None] | None = None
        """Given PJSIP's call number and the text of each INVITE."""
        self.hearing = engine.account(REALM, self._incoming, srtp=security.incoming)
        self._dialling = {security.incoming: self.hearing}

    def dialling(self, uri: str, wanted: Srtp | None) -> Account:
        """The account that dials `uri`, with another SRTP than the settings have for it where one is `wanted`."""
        srtp = wanted or self._security.of_uri(uri)
        if srtp not in self._dialling:
            self._dialling[srtp] = self._engine.account(REALM, self._incoming, srtp=srtp, hears=False)
        return self._dialling[srtp]

    def turn_away(self, call_id: int, code: int) -> None:
        """End a call of PJSIP's that is nobody's; inside PJSIP's callback nothing may be raised."""
        with contextlib.suppress(pj.Error):
            pj.Call(self.hearing, call_id).hangup(call_param(code))

    def _incoming(self, call_id: int, message: str) -> None:
        if self.taken_by is None:
            self.turn_away(call_id, NOBODY_SERVES)
        else:
            self.taken_by(call_id, message)
