"""Response headers, and the access log."""

from flask import Flask, Response, g, request
from flask_login import current_user

from sms_gateway.extensions import db
from sms_gateway.models import AccessLog

OWN_PAGES = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
# Flask-Admin's own pages write style attributes from script, draw icons from data: addresses, and ask "are you sure?"
# in onclick attributes. Scripts themselves stay limited to files of this site, and the exception ends at /admin.
ADMIN_PAGES = OWN_PAGES + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; script-src-attr 'unsafe-inline'"


def init_app(app: Flask) -> None:
    """Log each page request and put security headers on each response."""
    app.before_request(log_access)
    app.after_request(set_headers)


def log_access() -> None:
    """Store who asked for which page; runs before the view, so that it commits nothing of the view's."""
    if request.endpoint is None or request.endpoint.endswith("static"):
        return
    customer_id = current_user.id if current_user.is_authenticated else None
    agent = request.user_agent.string[:300]
    address = request.remote_addr or ""
    # the addresses of some privacy pages are secrets: whoever has one can confirm a request, or read what was asked
    path = str(request.url_rule) if request.blueprint == "consentguard" else request.path
    db.session.add(AccessLog(customer_id=customer_id, ip=address, user_agent=agent, path=path[:300]))
    db.session.commit()


def set_headers(response: Response) -> Response:
    """Set the Content-Security-Policy and its companions."""
    in_admin = request.path == "/admin" or request.path.startswith("/admin/")
    policy = ADMIN_PAGES if in_admin else OWN_PAGES
    if nonce := g.get("csp_nonce"):
        policy += f"; script-src 'self' 'nonce-{nonce}'"
    if request.endpoint == "public.tour":
        policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
