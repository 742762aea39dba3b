import ctypes
import os

from django.core.wsgi import get_wsgi_application

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of the GNU C library
LARGE = 256 * 1024  # bytes


def spare():
    """Keep memory low and steady while many threads work with large arrays: none has a heap of its own, and what is
    large goes back to the system at once.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_THRESHOLD, LARGE)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
spare()

from portal import warming  # noqa: E402  needs the apps

warming.start()
