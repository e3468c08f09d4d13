"""One page for every refusal."""

from flask import Blueprint, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

blueprint = Blueprint("errors", __name__)

ADVICE = {
    400: "The form could not be checked, perhaps because it was open for long. Go back, reload the page and try again.",
    403: "Your account has no access to this page.",
    404: "There is no such page, or it belongs to another account.",
    413: "The file is too large: at most 2 MB.",
}


@blueprint.app_errorhandler(HTTPException)
def refuse(error: HTTPException) -> Response:
    """Say what happened and what to do, keeping the status and headers of `error`."""
    response = error.get_response()
    advice = ADVICE.get(response.status_code, error.description)
    response.set_data(render_template("error.html", title=error.name, advice=advice))
    return response
