"""A small site of each framework with the same gated pages: `python -m tests.browser.consent_sites flask 8000 .`.

Each answers at `shop.example.localhost`, which has a parent domain, and stands in for third parties at any other name
below `localhost`. What they keep lies in the folder, so that one can be stopped and started again.
"""

import sys
from pathlib import Path
from secrets import token_urlsafe

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from consentguard.crypto.keyring import Keyring

HOST = "shop.example.localhost"
PARENT = "example.localhost"
MAILS = "mails"
"""Where in its folder a site keeps the mails that it sends."""
POLICY = """
manifest = 1
[controller]
name = "Example Shop"
legal_entity = "Example Shop Ltd"
contact = "privacy@shop.example.com"
[site]
languages = ["en", "ar"]
[purposes.analytics]
title = { en = "Count visits", ar = "عدّ الزيارات" }
description = { en = "How many people read what.", ar = "كم شخصًا يقرأ ماذا." }
basis = "consent"
[purposes.video]
title = { en = "Show videos", ar = "عرض الفيديو" }
basis = "consent"
[cookies.session]
purpose = "service"
names = ["session", "csrftoken", "cg_choice", "cg_refused"]
essential = true
[cookies.counter]
purpose = "analytics"
title = { en = "Counter", ar = "العدّاد" }
names = ["_ga", "_ga_*"]
hosts = ["tracker.localhost"]
consent_mode = ["analytics_storage"]
[cookies.heatmap]
purpose = "analytics"
title = { en = "Heat map", ar = "الخريطة الحرارية" }
names = ["_heat"]
[cookies.player]
purpose = "video"
title = { en = "Player", ar = "المشغّل" }
iframes = ["video.localhost"]
[purposes.service]
title = { en = "Provide the service", ar = "تقديم الخدمة" }
basis = "contract"
[age]
threshold = 16
mode = "attest"
guardian_contact = true
[age.guardian]
verify = "form"
"""
TAGS = {
    "flask": {
        "head": "{{ consent_head(language=lang, nonce=nonce) }}",
        "banner": "{{ consent_banner(language=lang) }}",
        "frame": '{{ consent_frame("player", src=frame, title="A video", language=lang) }}',
        "links": "{{ privacy_links(lang) }}",
        "lang": "{{ lang }}",
    },
    "django": {
        "head": "{% load consentguard %}{% consent_head nonce=nonce %}",
        "banner": "{% consent_banner %}",
        "frame": '{% consent_frame "player" src=frame title="A video" %}',
        "links": "{% privacy_links %}",
        "lang": "{{ lang }}",
    },
}
LAYOUT = """<!doctype html>
<html lang="{lang}" dir="{{{{ dir }}}}"><head><meta charset="utf-8"><title>Example Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
<script nonce="{{{{ nonce }}}}">
    window.violations = [];
    document.addEventListener('securitypolicyviolation', event => violations.push(event.violatedDirective));
</script>
<link rel="stylesheet" href="/site.css">
</head><body>
{banner}
<header><nav aria-label="Main"><a href="/">Home</a> <a href="/other">Other</a></nav></header>
<main><h1>Example Shop</h1><p>Text of the shop, for people who read.</p>
CONTENT
</main>
<footer>{links}</footer>
</body></html>"""
GATED = """
<script type="text/plain" data-consent="analytics" data-src="{{{{ tracker }}}}"></script>
<script type="text/plain" data-consent="counter" nonce="{{{{ nonce }}}}">
    window.counted = (window.counted || 0) + 1;
    document.cookie = '_ga_ABC123=1; Path=/; Domain=example.localhost; Max-Age=3600';
    document.cookie = '_ga=1; Path=/';
</script>
<div class="film">{frame}</div>
"""
STYLE = """
html { font-family: sans-serif; color-scheme: light dark; }
a { display: inline-block; padding: 0.5rem; }
main { padding: 1rem; min-height: 60rem; }
.film iframe { width: 300px; height: 150px; border: 0; }
"""
TRACKER = "window.tracked = (window.tracked || 0) + 1;"
FRAME = "<!doctype html><html lang=en><title>A video</title><main><h1>A video</h1></main>"
RIGHT_TO_LEFT = "ar"
READY = "ready"
"""What the process prints once it answers."""


def page(framework: str, content: str) -> str:
    """A template of the site's layout with this content, in the framework's own words."""
    tags = TAGS[framework]
    return LAYOUT.format(**tags).replace("CONTENT", content.format(**tags))


def values(port: int, language: str) -> dict[str, str]:
    """What the templates show."""
    return {
        "nonce": token_urlsafe(16),
        "lang": language,
        "dir": "rtl" if language == RIGHT_TO_LEFT else "ltr",
        "tracker": f"http://tracker.localhost:{port}/tracker.js",
        "frame": f"http://video.localhost:{port}/frame",
    }


def policy(nonce: str, port: int) -> str:
    """A strict content security policy: no inline script without the nonce, and no inline style at all."""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}' http://tracker.localhost:{port}; "
        f"frame-src http://video.localhost:{port}; base-uri 'none'; object-src 'none'"
    )


def options(folder: Path, port: int) -> dict[str, object]:
    """The settings of consentguard."""
    return {
        "manifest": folder / "privacy.toml",
        "keyring": folder / "consentguard.keys",
        "base_url": f"http://{HOST}:{port}",
    }


def others(environ: dict, start_response: object) -> object:
    """What is there for every host: the style, and what third parties serve."""
    request = Request(environ)
    kind, body = {
        "/site.css": ("text/css", STYLE),
        "/tracker.js": ("text/javascript", TRACKER),
        "/frame": ("text/html", FRAME),
    }.get(request.path, ("", ""))
    return Response(body, mimetype=kind, headers={"Cache-Control": "max-age=600"})(environ, start_response)  # type: ignore[arg-type]


def serve(framework: str, port: int, folder: Path) -> None:
    """Make what is missing in the folder, and serve the site until the process ends."""
    if not (folder / "privacy.toml").exists():
        (folder / "privacy.toml").write_text(POLICY, "utf-8")
        Keyring.generate().write(folder / "consentguard.keys")
    if framework == "flask":
        from tests.browser.consent_flask import app
    else:
        from tests.browser.consent_django import app
    site = app(folder, port)

    def either(environ: dict, start_response: object) -> object:
        mine = environ["HTTP_HOST"].startswith(HOST) and environ["PATH_INFO"] != "/site.css"
        return site(environ, start_response) if mine else others(environ, start_response)

    server = make_server("127.0.0.1", port, either, threaded=True, request_handler=_Quiet)  # type: ignore[arg-type]
    print(READY, flush=True)
    server.serve_forever()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: errors are what the log is for."""


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
