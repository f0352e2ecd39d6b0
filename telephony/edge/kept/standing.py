"""Dialogs kept across a restart: home/run/dialogs, sealed, since they name the parties of calls that are up.

Knows the file's form. With it a new edge can still say BYE for a worker, and serve parties that send no Route.
"""

import base64
import json
from dataclasses import asdict
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from config.settings import Settings
from telephony.edge.calls.dialogs import Dialog
from telephony.edge.keys import derive
from telephony.edge.proxy.tokens import Route
from telephony.edge.sip.flows import Flow


def dialogs_file(settings: Settings) -> Path:
    return settings.home / "run" / "dialogs"


def seal(dialogs: list[Dialog], key: bytes) -> bytes:
    """All of `dialogs`, sealed with a key derived from `key`."""
    return _fernet(key).encrypt(json.dumps([asdict(dialog) for dialog in dialogs]).encode("ascii"))


def load(file: Path, key: bytes) -> list[Dialog]:
    """What is kept; nothing when the file is not there or cannot be read with this key."""
    try:
        entries = json.loads(_fernet(key).decrypt(file.read_bytes()))
        return [_dialog(entry) for entry in entries]
    except (OSError, InvalidToken, KeyError, TypeError, ValueError):
        return []


def _dialog(entry: dict[str, object]) -> Dialog:
    route = dict(entry["route"])  # type: ignore[call-overload]
    flow = Flow(*route.pop("flow"))
    return Dialog(**{**entry, "route": Route(flow=flow, **route)})  # type: ignore[arg-type]


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive(key, "dialogs")))
