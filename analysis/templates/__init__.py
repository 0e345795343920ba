"""The templates of the reports, and how they are filled. What goes in is text already: they only place it."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

# What Markdown or the HTML inside it would take for markup.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#])")


def fill(template: str, **values: object) -> str:
    """Fill a template of this folder; an HTML one escapes everything that it is given."""
    return _ENVIRONMENT.get_template(template).render(**values)


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it stands, in a table too."""
    return _MARKUP.sub(r"\\\1", text)


def keep_whole(text: str) -> Markup:
    """Return a figure as HTML that may break before its interval, and nowhere else."""
    value, bracket, interval = text.partition(" (")
    if not bracket:
        return Markup("{}").format(text)
    return Markup('<span class="whole">{}</span> <span class="whole">({}</span>').format(value, interval)


_ENVIRONMENT = Environment(
    loader=PackageLoader("analysis"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters |= {"md": escape_markdown, "whole": keep_whole}
