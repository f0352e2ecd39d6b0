"""The settings of TLS and WebSocket: what is refused, with the field, the value and the way out."""

from pathlib import Path

import pytest

from config.load import ConfigError, load_settings
from config.settings import Settings


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "site.yaml"
    file.write_text(f"sip: {{{text}}}\n", encoding="utf-8")
    return load_settings(file, {"HOTLINE_HOME": str(folder)})


def test_both_are_off_by_default(tmp_path: Path) -> None:
    sip = loaded(tmp_path, "").sip
    assert (sip.tls, sip.websocket) == (None, None)


def test_they_have_ports_of_their_own(tmp_path: Path) -> None:
    sip = loaded(tmp_path, "tls: {certificate: a.crt, key: a.key}, websocket: {secure: true}").sip
    assert sip.tls is not None and sip.websocket is not None
    assert (sip.port, sip.tls.port, sip.websocket.port) == (5060, 5061, 8088)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tls: {certificate: a.crt}", r"sip\.tls\.key: .*required"),
        ("tls: {certificate: a.crt, key: a.key, version: 1}", r"sip\.tls\.version: unknown key"),
        ("websocket: {secure: true}", r"websocket\.secure needs the certificate of sip\.tls; set that, or"),
        ("websocket: {port: 5060}", r"port 5060 is taken by another of sip\.port, tls\.port and websocket\.port"),
        ("websocket: {port: 70000}", r"sip\.websocket\.port: 70000: .*65535"),
        ("tls: {certificate: a.crt, key: a.key, port: 8088}, websocket: {}", r"tls\.port 8088 is taken by another"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        loaded(tmp_path, text)
