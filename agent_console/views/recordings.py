"""Recordings: played in ranges without being plain on disk, paused by the agent in the talk, held by a supervisor.

Decides who may do which; each of it is audited. What a recording is like is records.recordings', its sound
records.audio's.
"""

import logging
import time
from pathlib import Path
from typing import IO, Any, cast

from flask import Blueprint, Response, abort, jsonify, redirect, request, send_file, url_for
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from agent_console import guard
from agent_console.mishaps import answer as mishap
from agent_console.sight import call_in
from agent_console.views.records import READERS, note_playing, readable
from ivr.facts import RecordingPaused, RecordingResumed
from records import audit, recordings
from records.audio.files import SealedAudio, WavView
from records.audio.form import AudioError
from records.audio.keys import load_keyring
from records.keyfile import SealError
from records.recordings import RecordingRefusedError

log = logging.getLogger(__name__)

pages = Blueprint("recordings", __name__)

HOLDERS = ("supervisor",)
BLOCK = 1 << 16


@pages.get("/records/<call>/recording")
@pages.get("/records/<call>/recording/<int:place>")
@guard.for_roles(*READERS)
def play(call: str, place: int = 0) -> Any:
    """As WAV, in ranges where asked (RFC 9110 §14): left the caller, right the agent. Audited."""
    readable(call)
    found = [each for each in guard.database().read(recordings.of_call, call) if each.there]
    if place >= len(found):
        abort(404)
    return played(found[place].file, "recording.play", f"call:{call}")


def played(name: str, action: str, what: str) -> Any:
    """The sound `name`, noted in the audit trail; 404 where there is none."""
    file = inside(name)
    if file is None:
        abort(404)
    note_playing(action, what)
    answer = sealed(file) if file.suffix == ".rec" else send_file(file, mimetype="audio/wav", conditional=True)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def inside(name: str) -> Path | None:
    """The file, if it is one of ours and there."""
    folder = guard.settings().recordings.resolve()
    file = (folder / name).resolve()
    return file if file.is_relative_to(folder) and file.is_file() else None


def sealed(file: Path) -> Response:
    """A sealed recording as the WAV it stands for; pieces are opened as they are sent."""
    try:
        view = WavView(SealedAudio(file, load_keyring(guard.settings())))
    except (AudioError, SealError) as error:
        log.error("recording %s %s", file.stem, error)
        abort(500)
    answer = Response(FileWrapper(cast(IO[bytes], view), BLOCK), mimetype="audio/wav", direct_passthrough=True)
    answer.call_on_close(view.close)
    answer.content_length = view.size
    try:
        answer.make_conditional(request, accept_ranges=True, complete_length=view.size)
    except RequestedRangeNotSatisfiable:
        view.close()
        raise
    return answer


@pages.post("/calls/<call>/recording")
@guard.for_roles("agent")
def switch(call: str) -> Any:
    """Pause while card or identity numbers are told, or go on. Audited, and in the call log."""
    visitor, on = guard.visitor(), request.form.get("on", "")
    live = call_in(guard.bridge().board(), call)
    if live is None:
        abort(404)
    if live["agent"] != visitor.name:
        abort(403)
    if on not in ("0", "1"):
        return jsonify(error="on：应为 1（继续录音）或 0（暂停录音）。"), 422
    if not live["recording"]["on"]:
        return jsonify(error="本次通话没有录音，无需暂停。"), 409
    action = "recording.resume" if on == "1" else "recording.pause"
    guard.database().do(audit.append, time.time(), visitor.name, action, f"call:{call}")
    guard.bridge().tell(RecordingResumed(call, visitor.name) if on == "1" else RecordingPaused(call, visitor.name))
    return jsonify(ok=True)


@pages.post("/records/<call>/hold")
@guard.for_roles(*HOLDERS)
def hold(call: str) -> Any:
    """Keep the recording whatever its age, for a complaint, a review or a court; audited with the reason."""
    return changed(call, recordings.hold, guard.visitor().name, request.form.get("reason", ""), time.time())


@pages.post("/records/<call>/release")
@guard.for_roles(*HOLDERS)
def release(call: str) -> Any:
    return changed(call, recordings.release, guard.visitor().name, time.time())


def changed(call: str, change: Any, *words: Any) -> Any:
    readable(call)
    try:
        guard.database().do(change, call, *words)
    except RecordingRefusedError as error:
        return mishap(422, (str(error), "什么也没有改变。", "请返回上一页，检查后重试。"))
    return redirect(url_for("records.one", call=call), 303)
