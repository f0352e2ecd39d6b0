"""Which codec an answer takes: the first of ours that the other side offers, and no other. PURE, on the text of SDP.

PJSIP alone answers in the order of the offer (RFC 3264 6.1 allows both).
"""

import re
from collections.abc import Sequence

STATIC = {"0": "PCMU", "8": "PCMA", "9": "G722"}  # RFC 3551 6
EVENTS = "TELEPHONE-EVENT"

# Compiled here, before workers are forked: each serves one call and would compile them while its caller waits.
_RTPMAP = re.compile(r"a=rtpmap:(\d+) ([^/\s]+)")
_ABOUT = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+)")


def narrowed(ours: str, theirs: str, order: Sequence[str]) -> str:
    """`ours`, the SDP of an answer before it is cut down, with the best audio codec of `order` alone.

    Telephone events (RFC 4733) stay. Unchanged where nothing fits or there is no audio: then PJSIP decides.
    """
    offered = set(audio_codecs(theirs).values())
    mine = audio_codecs(ours)
    best = next((name for name in order if name in offered and name in mine.values()), None)
    if best is None:
        return ours
    kept = [number for number, name in mine.items() if name in (best, EVENTS)]
    return _only(ours, kept)


def audio_codecs(sdp: str) -> dict[str, str]:
    """Payload number → encoding name (upper case) of the first audio stream, in its order."""
    lines = _audio(sdp)
    if not lines:
        return {}
    names = dict(STATIC)
    for line in lines:
        found = _RTPMAP.match(line)
        if found:
            names[found.group(1)] = found.group(2).upper()
    return {number: names[number] for number in lines[0].split()[3:] if number in names}


def _audio(sdp: str) -> list[str]:
    """The lines of the first audio stream."""
    lines: list[str] = []
    for line in sdp.splitlines():
        if line.startswith("m="):
            if lines:
                break
            if line.startswith("m=audio "):
                lines.append(line)
        elif lines:
            lines.append(line)
    return lines


def _only(sdp: str, kept: Sequence[str]) -> str:
    """`sdp` with no payloads but `kept` in its first audio stream."""
    found: list[str] = []
    audio = 0
    for line in sdp.splitlines():
        if line.startswith("m="):
            audio = audio + 1 if line.startswith("m=audio ") or audio else 0
            if audio == 1:
                words = line.split()
                line = " ".join([*words[:3], *kept])  # noqa: PLW2901 - the line as it goes on
        elif audio == 1:
            about = _ABOUT.match(line)
            if about and about.group(1) not in kept:
                continue
        found.append(line)
    return "\r\n".join(found) + "\r\n"
