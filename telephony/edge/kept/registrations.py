"""Bindings kept across a restart: home/registrations.json.

Knows the file's form. When it is written is telephony.edge.kept.keeping's business, what a binding means the
registrar's.
"""

import contextlib
import json
from pathlib import Path
from typing import Any

from config.settings import Settings
from telephony.edge.registrar.bindings import Binding, same_contact
from telephony.edge.sip.flows import TRANSPORTS, Flow


def registrations_file(settings: Settings) -> Path:
    return settings.home / "registrations.json"


def load(file: Path, now: float) -> list[Binding]:
    """What is kept and still good. Phones on streams are left out: those ended with the process that held them.

    A file that cannot be read, or a line of it, counts as nothing kept: the phones register again by themselves.
    """
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    bindings = []
    for entry in entries if isinstance(entries, list) else []:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            bindings.append(_binding(entry))
    return [binding for binding in bindings if binding.expires_at > now and binding.flow.transport == "udp"]


def dump(bindings: list[Binding]) -> bytes:
    """The file that holds `bindings`."""
    return json.dumps([_entry(binding) for binding in bindings], indent=0).encode("ascii")


def _entry(binding: Binding) -> dict[str, Any]:
    return {
        "user": binding.user,
        "contact": binding.contact,
        "flow": list(binding.flow),
        "expires_at": binding.expires_at,
        "seen": binding.seen,
        "call_id": binding.call_id,
        "cseq": binding.cseq,
        "q": binding.q,
        "path": list(binding.path),
        "instance": binding.instance,
        "reg_id": binding.reg_id,
    }


def _binding(entry: Any) -> Binding:
    transport, host, port = entry["flow"]
    if transport not in TRANSPORTS:
        raise ValueError("flow: not a transport")
    same_contact(entry["contact"])
    flow = Flow(transport, str(host), int(port))
    made = (str(entry["user"]), str(entry["contact"]), flow, float(entry["expires_at"]), float(entry["seen"]))
    path = tuple(str(each) for each in entry.get("path", ()))
    outbound = {"instance": str(entry.get("instance", "")), "reg_id": int(entry.get("reg_id", 0))}
    last = (str(entry["call_id"]), int(entry["cseq"]))
    return Binding(*made, *last, q=float(entry.get("q", 1.0)), path=path, **outbound)  # type: ignore[arg-type]
