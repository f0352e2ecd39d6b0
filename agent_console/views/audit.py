"""The audit trail (审计): who looked at or did what, newest first. For auditors and admins; decides nothing."""

from typing import Any

from flask import Blueprint, render_template, request

from agent_console import guard
from records.audit import trail

pages = Blueprint("audit", __name__)
MOST = 200


@pages.get("/audit")
@guard.for_roles("auditor", "admin")
def page() -> Any:
    who = request.args.get("who", "").strip()
    what = request.args.get("object", "").strip()
    entries = guard.database().read(trail, MOST, who=who or None, object=what or None)
    return render_template("audit.html", entries=entries, who=who, object=what, most=MOST)
