"""What holds for every request, each in a few lines. Order and reasons: settings.MIDDLEWARE."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control

STAFF_PATHS = ("/admin/",)
ACCOUNT_PATHS = ("/konto/", "/en/account/")  # log-in, password, second factor: the editors' own pages


def headers(get_response):
    """Nothing of a page is kept without asking again: what is withdrawn is gone at once."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.path.startswith(STAFF_PATHS + ACCOUNT_PATHS):
            patch_cache_control(response, private=True, no_store=True)
        elif "Cache-Control" not in response.headers:
            patch_cache_control(response, public=True, no_cache=True)
        return response

    return middleware


def well_formed(get_response):
    """A NUL byte means nothing in an address and breaks PostgreSQL: refuse it once, here."""

    def middleware(request):
        cookies = "".join(request.COOKIES.values())
        if "\x00" in request.path + cookies or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL byte in the address")
        return get_response(request)

    return middleware


def language(get_response):
    """The address alone decides the language: English under /en/, German everywhere else."""

    def middleware(request):
        request.LANGUAGE_CODE = "en" if request.path == "/en" or request.path.startswith("/en/") else "de"
        with translation.override(request.LANGUAGE_CODE):
            response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def maintenance(get_response):
    """With MAINTENANCE on, readers get a friendly 503; the health checks and the admin still answer."""

    def middleware(request):
        if settings.MAINTENANCE and not request.path.startswith(("/livez", "/readyz", *STAFF_PATHS, *ACCOUNT_PATHS)):
            response = render(request, "503.html", status=503)
            response.headers["Retry-After"] = "600"
            return response
        return get_response(request)

    return middleware
