"""Addresses of the editors' own pages: those of django-allauth that we want, no sign-up and no list of addresses.

Names are allauth's, since it looks its pages up by them.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as socialaccount
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.urls import include, path

from portal.addresses import address

from . import views

# The directory knows these addresses: one each, whatever the language.
single_sign_on = [
    path("konto/sso/<slug:provider_id>/", openid_connect.login, name="openid_connect_login"),
    path("konto/sso/<slug:provider_id>/zurueck/", openid_connect.callback, name="openid_connect_callback"),
]

pages = [
    path("", mfa.index, name="mfa_index"),
    path(address("anmelden/", "log-in/"), views.LoginView.as_view(), name="account_login"),
    path(address("anmelden/code/", "log-in/code/"), mfa.authenticate, name="mfa_authenticate"),
    path(address("anmelden/passkey/", "log-in/passkey/"), webauthn.login_webauthn, name="mfa_login_webauthn"),
    path(
        address("anmelden/abgebrochen/", "log-in/cancelled/"),
        socialaccount.login_cancelled,
        name="socialaccount_login_cancelled",
    ),
    path(address("anmelden/fehler/", "log-in/error/"), socialaccount.login_error, name="socialaccount_login_error"),
    path(address("abmelden/", "log-out/"), account.logout, name="account_logout"),
    path(address("abgeschaltet/", "switched-off/"), account.account_inactive, name="account_inactive"),
    path(address("aktiv/", "active/"), views.keep_alive, name="keep_alive"),
    path(address("bestaetigen/", "confirm/"), account.reauthenticate, name="account_reauthenticate"),
    path(address("bestaetigen/code/", "confirm/code/"), mfa.reauthenticate, name="mfa_reauthenticate"),
    path(
        address("bestaetigen/passkey/", "confirm/passkey/"),
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path(address("passwort/", "password/"), account.password_change, name="account_change_password"),
    path(address("passwort/festlegen/", "password/set/"), account.password_set, name="account_set_password"),
    path(address("passwort/vergessen/", "password/forgotten/"), account.password_reset, name="account_reset_password"),
    path(
        address("passwort/vergessen/gesendet/", "password/forgotten/sent/"),
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    path(
        address("passwort/neu/<slug:uidb36>/<slug:key>/", "password/new/<slug:uidb36>/<slug:key>/"),
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        address("passwort/neu/fertig/", "password/new/done/"),
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("app/", views.ActivateTOTPView.as_view(), name="mfa_activate_totp"),
    path(address("app/entfernen/", "app/remove/"), totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path(address("passkeys/neu/", "passkeys/new/"), views.AddWebAuthnView.as_view(), name="mfa_add_webauthn"),
    path(
        address("passkeys/<int:pk>/entfernen/", "passkeys/<int:pk>/remove/"),
        webauthn.remove_webauthn,
        name="mfa_remove_webauthn",
    ),
    path(
        address("ersatzcodes/", "recovery-codes/"), recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"
    ),
    path(
        address("ersatzcodes/neu/", "recovery-codes/new/"),
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        address("ersatzcodes/datei/", "recovery-codes/file/"),
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
]

urlpatterns = [path(address("konto/", "account/"), include(pages))]
