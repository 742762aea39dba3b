from urllib.parse import urlencode

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MENU = [
    ("challenge_list", _("Challenges")),
    ("recommendation_list", pgettext_lazy("menu", "Recommendations")),
    ("practice_example_list", _("Practice examples")),
    ("data", _("Data")),
]
LOCALES = {"de": "de_DE", "en": "en_GB"}


def site(request):
    """What every page needs: menu, language switch, addresses. Reads neither the database nor the session."""
    return {
        "demo": settings.DEMO,
        "menu": [menu_entry(name, label, request.path) for name, label in MENU],
        "languages": languages(request),
        "feedback_url": reverse("feedback") + "?" + urlencode({"from": request.get_full_path()[:500]}),
        "canonical_url": settings.SITE_ADDRESS + request.path,
    }


def menu_entry(name, label, path):
    """`current` is what aria-current says: the page itself, or that one is somewhere below it."""
    url = reverse(name)
    current = "page" if path == url else "true" if path.startswith(url) else ""
    return {"label": label, "url": url, "current": current}


def languages(request):
    """The same page in every language; the query goes along, since parameters are the same."""
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return [
        {
            "code": code,
            "name": name,
            "locale": LOCALES[code],
            "url": path + query,
            "address": settings.SITE_ADDRESS + path,
            "current": code == translation.get_language(),
        }
        for code, name in settings.LANGUAGES
        for path in [in_language(request, code)]
    ]


def in_language(request, code):
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        match = None
    with translation.override(code):
        return reverse(match.view_name, kwargs=match.kwargs) if match and match.url_name else reverse("home")
