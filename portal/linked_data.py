"""What pages say to machines in the words of schema.org: what is the same for every kind of record.

Each app says in its own `linked_data.py` what its records are. A node is a dict; what is empty in it is left out.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from .about import SHORT_NAME
from .licences import Licence

CONTEXT = "https://schema.org"


def full(path):
    return settings.SITE_ADDRESS + path


def document(nodes):
    """The nodes of a page as one document of JSON-LD."""
    nodes = [filled(node) for node in nodes]
    return {"@context": CONTEXT, **nodes[0]} if len(nodes) == 1 else {"@context": CONTEXT, "@graph": nodes}


def filled(value):
    """Without what is empty, however deep."""
    if isinstance(value, dict):
        parts = {name: filled(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in (None, "", [], {})}
    return [filled(part) for part in value] if isinstance(value, list) else value


def publisher():
    """Who answers for the portal, if the operator has said so."""
    if not settings.PUBLISHER:
        return {}
    return {"@type": "Organization", "@id": full("/#publisher"), "name": settings.PUBLISHER}


def website(**more):
    """The portal, as something that pages are a part of."""
    name = str(SHORT_NAME)
    return {"@type": "WebSite", "@id": full("/#website"), "url": full(reverse("home")), "name": name, **more}


def work(kind, url, name, **more):
    """A work of ours, under CC BY unless `more` says otherwise.

    `kind`: its type; `name`: the title, which may know its language.
    """
    return {
        "@type": kind,
        "url": url,
        "name": name,
        "inLanguage": getattr(name, "lang", get_language()),
        "license": Licence.CC_BY.url,
        "isAccessibleForFree": True,
        "publisher": publisher(),
        "isPartOf": website(),
        **more,
    }


def dates(record):
    """Of a record that `portal.history.with_changes` has read."""
    return {"datePublished": record.published_at, "dateModified": record.changed_at}


def collection(url, name, records, count, first=1):
    """A list of records. `count`: of all; `first`: the place of the first record of this page of it."""
    items = [
        {"@type": "ListItem", "position": place, "url": full(record.get_absolute_url()), "name": label(record)}
        for place, record in enumerate(records, first)
    ]
    listed = {"@type": "ItemList", "numberOfItems": count, "itemListElement": items}
    return work("CollectionPage", url, name, mainEntity=listed)


def label(record):
    return getattr(record, "title", None) or str(record)


def breadcrumb(steps):
    """`steps`: [(label, full address)], from the home page to the page itself."""
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": url}
        for place, (name, url) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}
