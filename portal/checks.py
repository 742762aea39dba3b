"""System checks: what the rules of this project forbid, `manage.py check` refuses."""

import re
from pathlib import Path

from django.conf import settings
from django.core.checks import Error, Warning, register
from django.db import models

# A block of linked data isn't run.
INLINE = re.compile(
    r"<style|<script(?![^>]*\bsrc=)(?! type=\"application/ld\+json\">)|\sstyle=|\son[a-z]+=", re.IGNORECASE
)


@register
def no_inline_code_or_style(app_configs, **kwargs):
    """The CSP would block it; better to learn that here than from a broken page."""
    for folder in settings.TEMPLATES[0]["DIRS"]:
        for path in sorted(Path(folder).rglob("*.html")):
            text = path.read_text()
            for found in INLINE.finditer(text):  # a tag may stretch over several lines
                line = text.count("\n", 0, found.start()) + 1
                yield Error(
                    f"{path}:{line}: “{found[0].strip()}”: no inline code or style.",
                    hint="Move it to static/site.css or static/site.js.",
                    id="portal.E001",
                )


@register
def no_frozen_clock(app_configs, **kwargs):
    """A `visible()` evaluated with the class would keep the moment of the import for ever; it belongs in a callable."""
    from django.urls import get_resolver

    for pattern in walk(get_resolver().url_patterns):
        view = getattr(pattern.callback, "view_class", None)
        for name in [name for name, value in vars(view).items() if isinstance(value, models.QuerySet)] if view else []:
            yield Error(f"{view.__qualname__}.{name} is a query set of the class; use a method.", id="portal.E002")


@register(deploy=True)
def mail_is_delivered(app_configs, **kwargs):
    """Invitations and reminders that stay in the outbox help nobody."""
    if "smtp" not in settings.MAILERS:
        yield Warning("SMTP_HOST is missing: mail stays in the outbox.", id="portal.W003")


@register(deploy=True)
def publisher_is_named(app_configs, **kwargs):
    if not settings.PUBLISHER:
        yield Warning("PUBLISHER is missing: the catalogue of the data names no organisation.", id="portal.W004")


def walk(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns)
        else:
            yield pattern
