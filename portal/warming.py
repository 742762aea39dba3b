"""What a server process makes ready beside its start, so that no reader waits for it: addresses and every index."""

import gc
import logging
import threading
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import translation

from .current import current_index
from .facets import FacetedFilterSet

logger = logging.getLogger(__name__)


def start():
    thread = threading.Thread(target=in_background, name="warming", daemon=True)
    thread.start()
    return thread


def in_background():
    try:
        warm()
    except Exception:  # no database yet, for example: then readers wait, as they would without this
        logger.warning("The indexes could not be made ready at the start.", exc_info=True)
    finally:
        connection.close()


def warm():
    """The small indexes first: while one is made, readers of another that isn't there yet wait."""
    import_module(settings.ROOT_URLCONF)  # and with it the views and all filter classes
    for filter_class in sorted(searched(), key=lambda each: each.rows().count()):
        current_index(filter_class)
    for lang, _label in settings.LANGUAGES:
        with translation.override(lang):
            reverse("home")  # the first address takes as long as all of them, and loads the interface's code
    # What stays for good is no longer looked through for garbage, which would halt a reader for up to 0.1 s.
    gc.collect()
    gc.freeze()


def searched(base=FacetedFilterSet):
    """Every filter class with records of its own."""
    for each in base.__subclasses__():
        if each._meta.model:
            yield each
        yield from searched(each)
