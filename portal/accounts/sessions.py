"""How long a session lasts: SESSION_IDLE without a request, SESSION_LONGEST altogether."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

REFRESH = 60  # seconds; a session is not written for every request


def begin(session):
    now = timezone.now()
    session["began"] = session["seen"] = now.timestamp()
    session.set_expiry(now + settings.SESSION_LONGEST)


def has_ended(session):
    """Whether an editor's session is over; if not, it goes on."""
    now = timezone.now().timestamp()
    if "began" not in session:
        begin(session)
    if now - session["began"] > settings.SESSION_LONGEST.total_seconds():
        return True
    idle = now - session["seen"]
    if idle > settings.SESSION_IDLE.total_seconds():
        return True
    if idle > REFRESH:
        session["seen"] = now
        # Absolute, and said again because allauth sets it anew after the password.
        session.set_expiry(datetime.fromtimestamp(session["began"], UTC) + settings.SESSION_LONGEST)
    return False


def end_all_of(user):
    """Ends every session of an account; of those that are over, nothing is left either."""
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
