"""Accounts with a second factor, and the codes of their apps."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_factor(user):
    """An app for codes, unless the account has one."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return found or TOTP.activate(user, SECRET).instance


def pass_factor(client, user):
    """The session of a client as it is after the second step of the log-in."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def code(secret=SECRET):
    """What the app shows now. A code works once; the tests may use it as often as they like."""
    cache.clear()
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
