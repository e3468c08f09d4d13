"""The demo's outbox: without a mail server the mails wait in files, and this page shows them to everybody."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, abort, current_app, render_template

blueprint = Blueprint("outbox", __name__, url_prefix="/outbox")


@blueprint.get("")
def index() -> str:
    """The mails, newest first; there is no such page where a mail server takes them."""
    if current_app.config["MAIL_BACKEND"] != "file":
        abort(404)
    return render_template("outbox.html", mails=list(mails(Path(current_app.config["MAIL_FILE_PATH"]))))


def mails(folder: Path) -> Iterator[tuple[EmailMessage, str]]:
    """Each mail in `folder` with its plain text."""
    for file in sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True):
        mail = message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=policy.default)
        body = mail.get_body(["plain"])
        yield mail, body.get_content() if body else ""
