"""What the pages of recommendations, examples and challenges have in common."""

from django.utils.translation import gettext as _

from portal.views import NOT_DOCUMENTED, NOT_RECORDED


def target_groups(record):
    """Target groups by role: who benefits, who takes part."""
    groups = list(record.target_groups.all())
    return {
        "beneficiaries": [group for group in groups if group.role == group.Role.BENEFICIARY],
        "participants": [group for group in groups if group.role == group.Role.ACTOR],
    }


def gaps(record, texts):
    """What is empty, and why: `texts` the sources don't speak of, pages and years we have not recorded.

    `texts`: {attribute: label}.
    """
    found = [
        {"label": label, "kind": NOT_DOCUMENTED} for attribute, label in texts.items() if not getattr(record, attribute)
    ]
    citations = record.citations.all()
    if any(not citation.page for citation in citations):
        found.append({"label": _("page in the source"), "kind": NOT_RECORDED})
    if any(not citation.source.year for citation in citations):
        found.append({"label": _("year of a source"), "kind": NOT_RECORDED})
    return found
