"""How a worker's recordings are kept, as the nursery gives it. It imports nothing numerical: see place.py."""

from dataclasses import dataclass
from pathlib import Path

from records.audio.keys import Key


@dataclass(frozen=True)
class Keeping:
    """Where recordings go and how: without a `key`, for the reason `no_key`, nothing is recorded."""

    folder: Path
    key: Key | None
    no_key: str = ""
    sync_seconds: float = 5.0
    min_free: float = 0.0
    """Octets of disk."""
