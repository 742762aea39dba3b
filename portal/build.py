"""Which build of the portal this is: a hash of everything of ours that a page is made of."""

from functools import cache
from hashlib import blake2b

from django.conf import settings

PARTS = ("portal", "municipalities", "recommendations", "templates", "static", "locale", "requirements.txt")
SETTINGS = (
    "SITE_ADDRESS", "DEMO", "PUBLISHER", "PUBLISHER_EMAIL", "CONTRIBUTOR_ID", "LANGUAGE_CODE", "TIME_ZONE"
)  # fmt: skip


@cache
def build() -> str:
    """Every process that runs the same files with the same settings gives the same text."""
    found = blake2b(repr([getattr(settings, name) for name in SETTINGS]).encode(), digest_size=16)
    for part in PARTS:
        path = settings.BASE_DIR / part
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                found.update(str(file.relative_to(settings.BASE_DIR)).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
