"""Reading an uploaded file of recipients into a customer's address book."""

import csv
import io
import re
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

from flask import current_app
from sqlalchemy import insert, select

from consentguard.errands import Notice
from sms_gateway.extensions import db
from sms_gateway.models import Recipient, RecipientImport

PHONE = re.compile(r"\+[1-9]\d{6,14}")


class ImportRefusedError(ValueError):
    """The file cannot be imported; the message tells its owner what to change."""


def read_csv(content: bytes) -> dict[str, str]:
    """Names by phone number; on a repeated number the last line wins.

    Raises ImportRefusedError when the file is not UTF-8, lacks a column, or holds a malformed number.
    """
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        if not {"phone", "name"} <= set(reader.fieldnames or ()):
            raise ImportRefusedError("The first line must name the columns: phone,name.")
        return dict(_read_line(line, reader.line_num) for line in reader)
    except UnicodeDecodeError as error:
        raise ImportRefusedError("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again.") from error
    except csv.Error as error:
        raise ImportRefusedError(f"The file is not valid CSV: {error}.") from error


def _read_line(line: dict[str, str | None], number: int) -> tuple[str, str]:
    phone = (line["phone"] or "").strip()
    if not PHONE.fullmatch(phone):
        raise ImportRefusedError(f"Line {number}: “{phone}” is not a number in the form +12025550123.")
    return phone, (line["name"] or "").strip()[:120]


def folder_of(folder: Path, customer_id: int) -> Path:
    """Where a customer's files lie within `folder`."""
    return folder / str(customer_id)


def erase_files(notice: Notice) -> str:
    """Delete what a customer uploaded, where a request asks for it, and say what proves it.

    The connector of the store `uploads`: see CONSENTGUARD_CONNECTORS.
    """
    if notice.kind != "erase":
        return "a file stays as it was uploaded: what it holds was read into the address book"
    found = 0
    for subject in notice.subjects:
        if subject.kind == "customer":
            own = folder_of(current_app.config["UPLOAD_FOLDER"], int(subject.key))
            found += len(list(own.glob("*.csv")))
            rmtree(own, ignore_errors=True)
    return f"{found} files deleted"


def import_file(customer_id: int, folder: Path, name: str, content: bytes) -> RecipientImport:
    """Store the file in `folder` and add its new recipients; known numbers are left as they are."""
    people = read_csv(content)
    known = set(db.session.scalars(select(Recipient.phone).filter_by(customer_id=customer_id)))
    new = [
        {"customer_id": customer_id, "phone": phone, "name": person}
        for phone, person in people.items()
        if phone not in known
    ]
    stored_name = f"{uuid4().hex}.csv"
    own = folder_of(folder, customer_id)
    own.mkdir(exist_ok=True)
    (own / stored_name).write_bytes(content)
    upload = RecipientImport(
        customer_id=customer_id, original_name=name[:200], stored_name=stored_name, row_count=len(new)
    )
    db.session.add(upload)
    if new:
        db.session.execute(insert(Recipient), new)
    db.session.commit()
    return upload
