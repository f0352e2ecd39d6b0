"""Sound for SIPp and out of recordings: tones and RFC 4733 digits as pcap files, and how much of a tone is heard.

It knows samples and packets; it must not know SIP or the hotline.
"""

import math
import struct
from pathlib import Path

import numpy as np

RATE = 8000
FRAME = 160
PCMU, EVENTS = 0, 101
DIGITS = "0123456789*#"
BIAS, CLIP = 0x84, 32635


def tone(hertz: float, seconds: float, amplitude: float = 6000) -> np.ndarray:
    """int16 samples of a steady tone."""
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.int16)


def to_ulaw(samples: np.ndarray) -> bytes:
    """G.711 µ-law of int16 samples (ITU-T G.711, table 2a)."""
    linear = samples.astype(np.int32)
    magnitude = np.minimum(np.abs(linear), CLIP) + BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return bytes((~(np.where(linear < 0, 0x80, 0) | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))


def from_ulaw(octets: bytes) -> np.ndarray:
    """int16 samples of G.711 µ-law."""
    code = ~np.frombuffer(octets, np.uint8).astype(np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def rtp(sequence: int, timestamp: int, payload: bytes, kind: int = PCMU, marker: bool = False) -> bytes:
    """One RTP packet (RFC 3550 §5.1) of a fixed source."""
    head = struct.pack(
        ">BBHII", 0x80, kind | (0x80 if marker else 0), sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 0x12348
    )
    return head + payload


def digit_packets(digit: str, sequence: int, timestamp: int) -> list[bytes]:
    """Eight packets of one RFC 4733 event of 120 ms, its end sent three times; to be sent 20 ms apart."""
    packets = []
    for step in range(8):
        end = step >= 5
        event = struct.pack(">BBH", DIGITS.index(digit), (0x80 if end else 0) | 10, FRAME * (6 if end else step + 1))
        packets.append(rtp(sequence + step, timestamp, event, EVENTS, marker=step == 0))
    return packets


def write_pcap(file: Path, hertz: float, seconds: float, digit: str = "", digit_at: float = 0.0) -> None:
    """A PCMU stream of `seconds` of a tone as SIPp plays it, with `digit` pressed `digit_at` seconds from its start."""
    voice = to_ulaw(tone(hertz, seconds))
    pressed = range(0)
    if digit:
        pressed = range(int(digit_at * RATE / FRAME), int(digit_at * RATE / FRAME) + 8)
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        keys = digit_packets(digit, pressed.start, pressed.start * FRAME) if digit else []
        for number in range(len(voice) // FRAME):
            at = number * FRAME
            packet = keys[number - pressed.start] if number in pressed else rtp(number, at, voice[at : at + FRAME])
            udp = struct.pack(">HHHH", 6000, 6000, 8 + len(packet), 0) + packet
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\2", b"\x7f\0\0\1")
            frame = bytes(12) + b"\x08\x00" + ip + udp
            micros = number * 20000
            out.write(struct.pack("<IIII", micros // 1000000, micros % 1000000, len(frame), len(frame)) + frame)


def share(samples: np.ndarray, hertz: float) -> float:
    """The share of the samples' power that lies at `hertz` (Goertzel), 0..1; 0 for silence."""
    centred = samples.astype(np.float64) - float(np.mean(samples)) if samples.size else np.zeros(1)
    power = float(np.sum(centred**2))
    if power < samples.size * 10.0**2:
        return 0.0
    turn = 2 * math.pi * hertz / RATE * np.arange(centred.size)
    real, imaginary = float(np.sum(centred * np.cos(turn))), float(np.sum(centred * np.sin(turn)))
    return 2 * (real**2 + imaginary**2) / (centred.size * power)


def loudest_share(samples: np.ndarray, hertz: float, window: float = 0.5) -> float:
    """The highest `share` of any stretch of `window` seconds: jitter buffers may turn the phase in between."""
    size = int(window * RATE)
    return max((share(samples[at : at + size], hertz) for at in range(0, samples.size - size + 1, size)), default=0.0)
