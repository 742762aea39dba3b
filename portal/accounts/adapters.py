"""Where our rules meet django-allauth's own."""

import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from portal.about import SHORT_NAME

from . import limits
from .sessions import begin

# Texts of allauth that its own German says to a friend, or in other words than our pages; our catalogue has them, too.
SAID_IN_OUR_WORDS = [
    gettext_noop("You must type the same password each time."),
    gettext_noop("Your password has been changed."),
    gettext_noop("You have signed out."),
    gettext_noop("Use your password"),
    gettext_noop("Use authenticator app or code"),
    gettext_noop("Use a security key"),
    gettext_noop("Security key added."),
    gettext_noop("Security key removed."),
    gettext_noop("A new set of recovery codes has been generated."),
]


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The username or the password is wrong."),
        "too_many_login_attempts": _("Too many failed attempts. Please try again in 15 minutes."),
        "rate_limited": _("Too many attempts. Please try again in 15 minutes."),
        "incorrect_password": _("The password is wrong."),
        "enter_current_password": _("The current password is wrong."),
        "incorrect_code": _("The code is wrong or has expired."),
        "account_inactive": _("This account is switched off."),
        "invalid_password_reset": _("This link has expired or was used already."),
    }

    def is_open_for_signup(self, request):
        return False

    def login(self, request, user):
        super().login(request, user)
        begin(request.session)

    def _get_login_attempts_cache_key(self, request, **credentials):
        """Failures are counted for an account and the address they come from, so that they lock out nobody else."""
        return f"{get_ip(request)} {credentials.get('username', '').lower()}"

    def pre_authenticate(self, request, **credentials):
        limits.forget_expired()
        super().pre_authenticate(request, **credentials)
        if limits.is_locked(credentials.get("username", "")):
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request, **credentials):
        limits.count_failure(request, credentials.get("username", ""))

    def is_reauthentication_required(self, *, app, **kwargs):
        """Who has just logged in need not do so again, above all not while setting up the account."""
        records = get_authentication_records(self.request, self.request.user)
        latest = max((record["at"] for record in records), default=0)
        return time.time() - latest > app_settings.REAUTHENTICATION_TIMEOUT

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def get_reset_password_from_key_url(self, key):
        return password_address(*key.split("-", 1))


def password_address(uid, token):
    """The absolute address at which the owner of a token sets a password, in the language of the moment."""
    return settings.SITE_ADDRESS + reverse("account_reset_password_from_key", args=[uid, token])


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def _get_site_name(self):
        """What stands in the editor's app beside the codes."""
        return str(SHORT_NAME)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """The operator's directory may open an account that was invited here; it makes none."""

    def is_open_for_signup(self, request, sociallogin):
        return False

    def can_authenticate_by_email(self, login, email):
        """Only for an address that the directory itself calls verified: true, not a text such as "false"."""
        data = login.account.extra_data
        claims = data.get("userinfo") or data.get("id_token") or data
        return claims.get("email_verified") is True and super().can_authenticate_by_email(login, email)
