"""config/services.yaml: what is refused, all of it at once, and what every prompt can say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import PACKAGED, ConfigError
from config.settings import Settings
from ivr.load_services import load_services
from ivr.slots.services import SPOKEN, ServiceSettings, wording
from knowledge.intents import Intents, Understanding
from records.labels import load_labels

PACKED = Settings(home=Path("unused"), folder=PACKAGED)
LABELS = load_labels(PACKED)
VALUES: dict[str, Any] = yaml.safe_load((PACKAGED / "services.yaml").read_text(encoding="utf-8"))


class Alert(Intents):
    """Understands only what danger is: loading asks for nothing else."""

    def __init__(self) -> None:
        pass

    def alarm(self, text: str) -> str | None:
        return None if "你好" in text else "crisis"

    def understand(self, text: str) -> Understanding:
        return Understanding((("unclear", 0.9),), "confirm")


def load(folder: Path, **changes: Any) -> ServiceSettings:
    values = VALUES | changes
    (folder / "services.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    return load_services(Settings(home=folder, folder=folder), LABELS, Alert())


def test_the_packaged_file_is_sound(tmp_path: Path) -> None:
    settings = load(tmp_path)
    said = wording(settings, LABELS, ("受理", "办结"))
    assert said.faults() == []
    assert {f"service.{name}" for name in SPOKEN} == set(said.texts)
    assert "律师咨询请按1，公证请按2" in said.texts["service.what"]
    assert "工作日9点到12点" in said.texts["service.time_closed"]
    assert "{options}" not in "".join(said.texts.values())
    assert "{hours}" not in "".join(said.texts.values())


def test_a_label_leads_to_its_service(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert [settings.service_of(label) for label in ("appointment", "progress", "law")] == [
        "appointment",
        "progress",
        "",
    ]
    assert load(tmp_path, enabled=False).service_of("appointment") == ""


def test_unknown_keys_and_wrong_values_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, farthest=3, failures=0, pause_seconds=60, appointment=VALUES["appointment"] | {"hours": {}})
    found = "\n".join(caught.value.errors)
    for part in ("farthest: unknown key", "failures: 0:", "pause_seconds: 60", "appointment.hours"):
        assert part in found


def test_every_broken_rule_is_named_at_once(tmp_path: Path) -> None:
    what = [{"name": "律师", "words": ["见面"]}, {"name": "公证", "words": ["见面"], "labels": ["notaries"]}]
    prompts = {name: text for name, text in VALUES["prompts"].items() if name != "day"}
    prompts |= {"extra": "多余", "summary": "对吗？"}
    with pytest.raises(ConfigError) as caught:
        load(
            tmp_path,
            appointment=VALUES["appointment"] | {"what": what, "label": "booking"},
            words=VALUES["words"] | {"slots": {"what": ["服务"]}},
            alarms=["你好"],
            prompts=prompts,
        )
    found = "\n".join(caught.value.errors)
    for part in (
        "appointment.label: 'booking' is no label",
        "what: '见面' stands for 律师 and for 公证",
        "what: 公证: labels: 'notaries' is no label",
        "words.slots.day: has no words",
        "alarms: '你好' is no alarm",
        "prompts.day: has no words",
        "prompts.extra: is played nowhere",
        "prompts.summary: must hold {what:…}",
        "prompts.summary: must hold {time:…}",
    ):
        assert part in found
    assert all(str(tmp_path / "services.yaml") in line for line in caught.value.errors)
