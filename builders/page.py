"""page: how does foreign text get into an HTML page and do no harm there?

A page is one template in the frame that all have, one style and one script of ours, and data as JSON. It
may show pictures of its own and run exactly our script; no request leaves it, and nothing in the data is
ever markup.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup


def render_page(
    package: str,
    name: str,
    texts: Mapping[str, object],
    data: object,
    also: Sequence[str] = (),
    styles: Sequence[tuple[str, str]] = (),
) -> str:
    """The page of a package's `templates/NAME.html`, `.css` and `.js`, with data for its script.

    Args:
        package: Whose templates.
        name: Of the page's own three.
        texts: For the places in the HTML.
        data: For the script.
        also: Names of more of the package's files: what its script calls, and the style of that.
        styles: Pages of other packages that this one looks like: package and name.
    """
    html = _text(package, name, "html")
    parts = [(package, part) for part in (*also, name)]
    # What all pages have in common comes first.
    common = ("builders", "theme")
    style = "".join(_text(*part, "css") for part in (common, *styles, *parts))
    script = "".join(_text(*part, "js") for part in (common, *parts))
    frame = DictLoader({"frame.html": _text("builders", "frame", "html")})
    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=frame)
    page = environment.from_string(html)
    return page.render(
        **texts,
        policy=_policy(style, script),
        style=Markup(style),  # our own texts: nothing of the data is in them
        script=Markup(script),
        data=Markup(_harmless(data)),
    )


def _text(package: str, name: str, ending: str) -> str:
    return (files(package) / "templates" / f"{name}.{ending}").read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """What the page may do: show its own pictures, and use exactly these two texts."""
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    ]
    return (
        "default-src 'none'; img-src 'self' file: data:; "
        f"style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _harmless(data: object) -> str:
    """JSON that no parser of HTML takes for a tag, whatever the texts in it."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
