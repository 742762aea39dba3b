"""What holds for every request to the editors' pages. Public pages never look at who is asking."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.middleware import ACCOUNT_PATHS, STAFF_PATHS

from .sessions import has_ended


def is_by_an_editor(request):
    """Asked of the editors' pages only: elsewhere nobody reads the session."""
    return request.path.startswith(STAFF_PATHS + ACCOUNT_PATHS) and request.user.is_authenticated


def session_limits(get_response):
    """Idle or too old: the editor is logged out before the page is asked for."""

    def middleware(request):
        if is_by_an_editor(request) and has_ended(request.session):
            logout(request)
            messages.info(request, _("Your session has ended. Text you had not saved is offered to you again."))
        return get_response(request)

    return middleware


def second_factor(get_response):
    """The one place that demands a second factor: without one, only the pages that set it up can be reached."""

    def middleware(request):
        if is_by_an_editor(request):
            has_factor = is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
            if has_factor and not has_passed(request):
                logout(request)  # begun before there was a factor
            elif (
                not has_factor
                and request.path.startswith(STAFF_PATHS)
                and request.user.get_username() not in settings.WITHOUT_SECOND_FACTOR
            ):
                return redirect("mfa_index")
        return get_response(request)

    return middleware


def has_passed(request):
    """Whether this very session was opened with a second factor, or has just set it up."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)
