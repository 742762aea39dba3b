from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import LoginView as AllauthLoginView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView as AllauthActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView as AllauthAddWebAuthnView
from django.conf import settings
from django.http import HttpResponse


class LoginView(AllauthLoginView):
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if settings.OIDC["NAME"]:
            next_page = self.get_next_url()
            query = urlencode({"next": next_page} if next_page else {})
            context["single_sign_on"] = {"name": settings.OIDC["NAME"], "query": query}
        return context


class Passes:
    """Who has just set up a factor has shown it: the session counts as opened with it."""

    factor = ""

    def form_valid(self, form):
        response = super().form_valid(form)
        user = self.request.user
        newest = Authenticator.objects.filter(user=user, type=self.factor).latest("pk")
        record_authentication(self.request, user, "mfa", id=newest.pk, type=newest.type)
        return response


class ActivateTOTPView(Passes, AllauthActivateTOTPView):
    factor = Authenticator.Type.TOTP


class AddWebAuthnView(Passes, AllauthAddWebAuthnView):
    factor = Authenticator.Type.WEBAUTHN


def keep_alive(request):
    """Asked by static/admin-forms.js while a form has unsaved changes; the middleware has prolonged the session."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)
