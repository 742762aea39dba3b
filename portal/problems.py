"""What went wrong, for programs: problem details (RFC 9457)."""

from http.client import responses

import orjson
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

CONTENT_TYPE = "application/problem+json"
ANY_TYPE = "about:blank"  # says no more than the status does
MOST_NAMED = 30  # possible values, in a sentence
MOST_ECHOED = 80  # characters of what was asked

# {the last part of `type`: (status, title, explanation)}
KINDS = {
    "unknown-parameter": (
        400,
        _("Unknown parameter"),
        _(
            "The address has a parameter that does not exist here. "
            "It is an error so that a typo does not pass for a complete list."
        ),
    ),
    "invalid-value": (
        400,
        _("Invalid value"),
        _("A parameter has a value that its description does not allow, or is given twice."),
    ),
    "no-such-value": (
        404,
        _("No such value"),
        _("A parameter names something that does not exist: a challenge, a municipality, a year without a source."),
    ),
    "no-such-page": (404, _("No such page"), _("The list ends before this page.")),
    "not-found": (404, _("Not found"), _("There is no public record with this number or short name.")),
    "withdrawn": (
        410,
        _("Withdrawn"),
        _("The record or data release was public and has been withdrawn. “detail” says why."),
    ),
}
# What can be said of a status alone.
DETAILS = {
    400: _("The request cannot be read: it contains a NUL byte or too many parameters."),
    404: _("There is nothing at this address."),
    405: _("The data can only be read: use GET or HEAD."),
    500: _("Something has gone wrong on our side."),
    503: _("The portal is being maintained. Please try again later."),
}


class Problem(Exception):
    """A request that can't be answered: why, as one of KINDS, in a sentence, and `more` for programs."""

    def __init__(self, kind, detail, **more):
        super().__init__(kind, detail)
        self.kind, self.detail, self.more = kind, detail, more

    def response(self):
        status, title, _explanation = KINDS[self.kind]
        address = f"{settings.SITE_ADDRESS}{reverse('api:docs')}#{self.kind}"
        return written(HttpResponse(status=status), address, title, self.detail, **self.more)


def named(possible):
    """Values as a list in a sentence, which ends early if they are many."""
    return ", ".join([*possible[:MOST_NAMED], *["…"] * (len(possible) > MOST_NAMED)])


def check_names(data, known, repeatable):
    """Raises Problem for a parameter that is not among the `known`, or one that stands there twice and may not."""
    for name, values in data.lists():
        if name not in known:
            name = name[:MOST_ECHOED]
            detail = gettext("There is no parameter “%(name)s” here. Possible parameters: %(possible)s.")
            detail %= {"name": name, "possible": ", ".join(known)}
            raise Problem("unknown-parameter", detail, parameter=name, known=known)
        if len(values) > 1 and name not in repeatable:
            raise Problem("invalid-value", gettext("The parameter “%s” is given twice.") % name, parameter=name)


def misfit(name, value, expected):
    """The problem that a parameter's value is not what it has to be. `expected`: that, as a JSON Schema."""
    detail = gettext("The parameter “%(name)s” does not allow “%(value)s”.")
    detail %= {"name": name, "value": value[:MOST_ECHOED]}
    if possible := expected.get("enum"):
        detail += " " + gettext("Possible values: %s.") % named(possible)
    elif len(value) > (longest := expected.get("maxLength", len(value))):
        detail += " " + gettext("At most %d characters.") % longest
    return Problem("invalid-value", detail, parameter=name, expected=expected)


def withdrawn(note, instead=None):
    """The problem that a record was withdrawn. `instead`: the address of what to ask for now."""
    return Problem("withdrawn", note or gettext("The editors have withdrawn it."), instead=instead)


def describe(response, detail=""):
    """An error that something else has answered as a page, as problem details; its headers stay."""
    status = response.status_code
    if response.headers["Content-Type"] != CONTENT_TYPE:
        written(response, ANY_TYPE, responses.get(status, ""), detail or DETAILS.get(status, ""))
    return response


def written(response, address, title, detail, **more):
    problem = {"type": address, "title": str(title), "status": response.status_code, "detail": str(detail)} | more
    response.content = orjson.dumps(problem)
    response.headers["Content-Type"] = CONTENT_TYPE
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
    return response
