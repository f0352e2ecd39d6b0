"""A second core in the same home refuses at once and touches nothing of the first."""

import subprocess
import sys

from telephony.softphone.remote import Softphone
from tests.process.house import arrive
from tests.running import Hotline, until


def test_a_second_core_refuses(hotline: Hotline) -> None:
    caller = "13911115501"
    with Softphone(caller) as phone:
        arrive(hotline, phone, caller)
        second = subprocess.run(
            [sys.executable, "-m", "hotline", "core", "--config", str(hotline.config)],
            env=hotline.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert "another process listens already" in second.stderr
        mine = [record for record in hotline.records() if record["caller"] == caller]
        assert [record["outcome"] for record in mine] == ["open"]
        phone.hang_up()
        phone.wait("ended", 30)
    assert until(lambda: hotline.record_of(caller), "the record")["ended_by"] == "caller"
