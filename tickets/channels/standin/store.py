"""What a stand-in keeps: JSON lines that are only ever appended to, on disk before anything is answered.

Decides what is new and what came before, by idempotency key. Knows nothing of HTTP.
"""

import fcntl
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class StoreError(Exception):
    """The store cannot be used; the text names the file and the way out."""


class ConflictError(Exception):
    """The request contradicts what was received before."""


@dataclass
class Received:
    """A ticket as received. `deliveries` counts how often its key was sent, `changes` are in order of arrival."""

    key: str
    at: float
    reference: str
    body: dict[str, Any]
    deliveries: int = 1
    changes: list[dict[str, Any]] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        return {
            **self.body,
            "idempotency_key": self.key,
            "received_at": self.at,
            "reference": self.reference,
            "deliveries": self.deliveries,
            "changes": self.changes,
        }


class Store:
    """The file `folder/name.jsonl`. A last line that was cut off by a crash was never confirmed, and is dropped."""

    def __init__(self, folder: Path, name: str) -> None:
        self.file = folder / f"{name}.jsonl"
        self._name = name
        self._tickets: dict[str, Received] = {}
        self._keys: dict[str, str] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._load()
        except BlockingIOError:
            raise StoreError(f"{self.file}: another stand-in uses it; name another folder with --store") from None
        except OSError as error:
            raise StoreError(
                f"{self.file}: cannot be used: {error.strerror}; name another folder with --store"
            ) from None

    def _load(self) -> None:
        text = self.file.read_bytes()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            os.ftruncate(self._handle, whole)
        for number, line in enumerate(text[:whole].splitlines(), 1):
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise StoreError(f"{self.file}: line {number}: is no line of a store; move the file away") from None

    def _take(self, line: dict[str, Any]) -> None:
        match line["kind"]:
            case "ticket":
                number = line["body"]["number"]
                self._tickets[number] = Received(line["key"], line["at"], line["reference"], line["body"])
            case "change":
                number = line["ticket"]
                change = {**line["body"], "idempotency_key": line["key"], "received_at": line["at"]}
                self._tickets[number].changes.append(change)
            case "again":
                number = line["ticket"]
                if line["key"] == self._tickets[number].key:
                    self._tickets[number].deliveries += 1
        self._keys[line["key"]] = number

    def _keep(self, line: dict[str, Any]) -> None:
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        whole = os.fstat(self._handle).st_size
        try:
            if os.write(self._handle, data) < len(data):
                raise OSError("the disk is full")
            os.fsync(self._handle)
        except OSError:
            os.ftruncate(self._handle, whole)
            raise
        self._take(line)

    def ticket(self, key: str, body: dict[str, Any], now: float) -> tuple[str, bool]:
        """Keep a ticket; returns its reference here and whether it had been received before."""
        number = body["number"]
        known = self._tickets.get(number)
        if key in self._keys:
            if self._keys[key] != number or known is None or known.key != key:
                raise ConflictError("Idempotency-Key已用于别的请求")
            self._keep({"kind": "again", "key": key, "at": now, "ticket": number})
            return known.reference, True
        if known is not None:
            raise ConflictError(f"number“{number}”已由另一个Idempotency-Key送达")
        reference = f"{self._name}-{len(self._tickets) + 1:06d}"
        self._keep({"kind": "ticket", "key": key, "at": now, "reference": reference, "body": body})
        return reference, False

    def change(self, key: str, number: str, body: dict[str, Any], now: float) -> tuple[str, bool]:
        """Keep a change of a ticket received before. Raises KeyError for an unknown ticket."""
        known = self._tickets[number]
        if key in self._keys:
            if self._keys[key] != number or known.key == key:
                raise ConflictError("Idempotency-Key已用于别的请求")
            return known.reference, True
        self._keep({"kind": "change", "key": key, "at": now, "ticket": number, "body": body})
        return known.reference, False

    def rows(self) -> list[dict[str, Any]]:
        """All tickets in order of arrival."""
        return [received.row() for received in self._tickets.values()]

    def close(self) -> None:
        os.close(self._handle)
