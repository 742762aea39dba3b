"""The files of pictures: of what readers see, and of a preview for whoever has its address."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from portal import pictures
from portal.publishing import Publishable
from portal.views import read_preview_token

from ..models import PracticeExample

YEAR = 365 * 24 * 60 * 60


@require_safe
def picture(request, reference, size):
    """Only while an example that readers see has it.

    A browser may keep it, shared caches may not: what is withdrawn is gone at once.
    """
    if token := request.GET.get("vorschau"):
        shown, kept = previewed(token), "private, no-store"
    else:
        shown, kept = PracticeExample.objects.visible(), f"private, max-age={YEAR}, immutable"
    data = pictures.content(reference, size) if shown.filter(picture=reference).exists() else None
    if data is None:
        raise Http404
    return HttpResponse(data, content_type="image/jpeg", headers={"Cache-Control": kept})


def previewed(token):
    table, pk = read_preview_token(token) or ("", 0)
    if table != "practice-examples":
        return PracticeExample.objects.none()
    return PracticeExample.objects.filter(pk=pk).exclude(status=Publishable.Status.ARCHIVED)
