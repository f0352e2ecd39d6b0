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


def test_a_trunk_is_called_over_tls_only_where_it_can_call_back(tmp_path: Path) -> None:
    out = "{host: 10.0.0.1, port: 5061, transport: tls, allow: ['1…'], caller_id: '02012348'}"
    trunks = f"trunks: [{{name: carrier, addresses: [10.0.0.1], outbound: {out}}}]\n"
    (tmp_path / "one.yaml").write_text(trunks, encoding="utf-8")
    told = r"trunks: .*carrier: outbound\.transport tls needs sip\.tls, where the carrier calls; set that, or tcp"
    with pytest.raises(ConfigError, match=told):
        load_settings(tmp_path / "one.yaml", {"HOTLINE_HOME": str(tmp_path)})
    tls = "sip: {tls: {certificate: a.crt, key: a.key}}\n"
    (tmp_path / "two.yaml").write_text(tls + trunks, encoding="utf-8")
    [trunk] = load_settings(tmp_path / "two.yaml", {"HOTLINE_HOME": str(tmp_path)}).trunks
    assert trunk.outbound is not None and trunk.outbound.transport == "tls"
