"""`hotline demo`: the whole way once, or many times at once, with its timeline."""

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from config.settings import Settings
from hotline.commands import CommandError, Commands, UsageError, command, settings_of

# Sentences and voices that the training of the speech model never had.
SENTENCES = (
    *("去年在建筑队上班到现在工资还没有结清", "交了辞职报告公司扣着工资不发", "厂里说效益不好让我回家等通知"),
    *("退租的时候房东说墙脏了要扣押金", "给他转了五万块钱现在人联系不上", "骑车回家被一辆小汽车撞倒了"),
)
MOST_AT_ONCE = 40


def register(commands: Commands) -> None:
    parser = command(commands, "demo", demo, "a caller, an agent and the outside systems through the whole way once")
    parser.add_argument("--calls", type=int, default=1, metavar="N", help=f"so many at once, up to {MOST_AT_ONCE}")


def demo(arguments: argparse.Namespace) -> None:
    from hotline.demo.surroundings import surroundings

    if not 1 <= arguments.calls <= MOST_AT_ONCE:
        raise UsageError(f"--calls {arguments.calls}: must be 1 to {MOST_AT_ONCE}")
    settings = settings_of(arguments)
    say("starting what is not running")
    with surroundings(settings, arguments.config), tempfile.TemporaryDirectory(prefix="hotline-demo-") as folder:
        perform(settings, arguments.calls, Path(folder))


def perform(settings: Settings, count: int, folder: Path) -> None:
    """Seat `count` agents, play `count` calls at once, and check them together."""
    from hotline.demo.agent_page import AgentPage
    from hotline.demo.call import AGENT_SAYS, AgentSeat, Scene, play
    from hotline.demo.surroundings import make_agents
    from hotline.demo.timeline import MissingStepError
    from ivr.speech.sound import write_wav
    from ivr.speech.training.voices import HELD_OUT
    from ivr.speech.voice import speak
    from records.engine import open_database
    from telephony.softphone.remote import PhoneError, Softphone

    agent_says = folder / "agent_says.wav"
    write_wav(agent_says, speak(AGENT_SAYS).samples)
    sip, web = settings.sip, settings.web
    with ExitStack() as open_things:
        database = open_database(settings)
        open_things.callback(database.close)
        seats = {}
        for number, agent in enumerate(make_agents(settings, count)):
            recorded = folder / f"{agent.name}.wav"
            phone = Softphone(
                agent.sip_user,
                registrar=f"sip:{sip.host}:{sip.port}",
                password=agent.sip_password,
                realm=sip.realm,
                answer_after=0.5,
                record=recorded,
                rtp_port=40000 + 20 * number,
            )
            open_things.enter_context(phone)
            page = AgentPage(f"http://{web.host}:{web.port}", agent.name, agent.password)
            open_things.callback(page.close)
            open_things.callback(page.press_pause)
            phone.wait("registered", 30)
            page.press_ready()
            seats[agent.name] = AgentSeat(phone, page, recorded)
            say(f"agent {agent.name} is ready ({number + 1}/{count})")

        base = f"139{secrets.randbelow(10**6):06}"

        def one(number: int) -> tuple[str, list[str], str]:
            own = folder / f"caller{number}"
            own.mkdir()
            caller, sentence = f"{base}{number:02}", SENTENCES[number % len(SENTENCES)]
            voice = HELD_OUT[number % len(HELD_OUT)]
            rtp_port = 42000 + 20 * number
            scene = Scene(settings, database, own, caller, sentence, voice, rtp_port, seats, agent_says)
            try:
                return caller, play(scene).lines(), ""
            except (MissingStepError, PhoneError, CommandError) as error:
                return caller, [], str(error)

        failures = []
        with ThreadPoolExecutor(count) as pool:
            for done, (caller, lines, failure) in enumerate(pool.map(one, range(count)), 1):
                print(f"call {done}/{count} from {caller}: {'FAILED: ' + failure if failure else 'served'}", flush=True)
                print("\n".join(lines), flush=True)
                failures += [failure] if failure else []
        if failures:
            raise CommandError(f"{len(failures)} of {count} calls failed: {failures[0]}")
        check_records(settings, base, count)


def check_records(settings: Settings, base: str, count: int) -> None:
    """Exactly one record for each call."""
    from records import callrecords
    from records.engine import open_database

    database = open_database(settings)
    try:
        latest = database.read(callrecords.latest, 10 * count + 100)
    finally:
        database.close()
    callers = Counter(record.caller for record in latest if (record.caller or "").startswith(base))
    if len(callers) != count or set(callers.values()) != {1}:
        raise CommandError(f"{count} calls left {sum(callers.values())} records of {len(callers)} callers")
    print(f"{count} calls, {count} records, none double")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
