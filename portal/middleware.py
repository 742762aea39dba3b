"""What holds for every request, each in a few lines. Order and reasons: settings.MIDDLEWARE."""

import re
from hashlib import sha256
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags

from . import problems
from .build import build
from .current import built_version, content_version, renew
from .problems import Problem

STAFF_PATHS = ("/admin/",)
HEALTH_PATHS = ("/livez", "/readyz")
ACCOUNT_PATHS = ("/konto/", "/en/account/")  # log-in, password, second factor: the editors' own pages
API_PATHS = ("/api/",)
FILES = re.compile(r"/(daten/.*|katalog)\.[^/]+")  # of data: their addresses end as the name of a file does
READING = ("GET", "HEAD")
CROSS_ORIGIN = {  # scripts of every site may read what is public, and see these headers
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link",
}
PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Methods": ", ".join(READING),
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


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


def interface(get_response):
    """Interface and files may be read from every site; what goes wrong, they say as problem details, whoever asks."""

    def middleware(request):
        if not request.path.startswith(API_PATHS) and not FILES.fullmatch(request.path):
            return get_response(request)
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers=PREFLIGHT)
        elif request.method not in READING:  # before anything asks for the token of a form
            response = HttpResponseNotAllowed(READING)
        else:
            response = get_response(request)
        if response.status_code >= 400:
            with translation.override(language_of(request)):
                problems.describe(response)
        for name, value in CROSS_ORIGIN.items():
            response.headers[name] = value
        return response

    middleware.process_exception = lambda _request, error: error.response() if isinstance(error, Problem) else None
    return middleware


def well_formed(get_response):
    """A NUL byte means nothing in an address and breaks PostgreSQL: refuse it once, here."""

    def middleware(request):
        cookies = "".join(request.COOKIES.values())
        if "\x00" in request.path + cookies or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL byte in the address")
        return get_response(request)

    return middleware


def language_of(request):
    """The address alone decides: a page is English under /en/, German elsewhere; a file is in English with `lang=en`.

    The address of a page ends with a slash. So do some of the interface, which has no language of its own either.
    """
    if request.path == "/en" or request.path.startswith("/en/"):
        return "en"
    is_page = request.path.endswith("/") and not request.path.startswith(API_PATHS)
    asked = "" if is_page else dict(parse_qsl(request.META.get("QUERY_STRING", ""))).get("lang")
    return "en" if asked == "en" else "de"


def language(get_response):
    def middleware(request):
        request.LANGUAGE_CODE = language_of(request)
        with translation.override(request.LANGUAGE_CODE):
            response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def maintenance(get_response):
    """With MAINTENANCE on, readers get a friendly 503; the health checks and the admin still answer."""

    def middleware(request):
        if settings.MAINTENANCE and not request.path.startswith(HEALTH_PATHS + STAFF_PATHS + ACCOUNT_PATHS):
            response = render(request, "503.html", status=503)
            response.headers["Retry-After"] = "600"
            return response
        return get_response(request)

    return middleware


def conditional(get_response):
    """Who has a page already is told that it is the same: before anything else is done, and as long as it is true.

    What a reader sees depends on the content, the address, the day and the build, and on nothing else.
    """

    def middleware(request):
        if request.method not in READING or request.path.startswith(HEALTH_PATHS + STAFF_PATHS + ACCOUNT_PATHS):
            return get_response(request)
        version = content_version()
        seen = (build(), version.token, version.appeared, timezone.localdate(), request.get_full_path())
        etag = f'W/"{sha256(repr(seen).encode()).hexdigest()[:32]}"'
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            response = HttpResponseNotModified()
            response.headers["ETag"] = etag
            return response
        if built_version() not in (None, version):
            renew()
        current = built_version() in (None, version)
        response = get_response(request)
        if response.status_code == 200 and current and not response.cookies and "Cache-Control" not in response.headers:
            response.headers["ETag"] = etag
        return response

    return middleware
