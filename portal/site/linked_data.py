"""What the home page, the long pages, the glossary and the data are in the words of schema.org."""

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.about import NAME, OF_REGISTER, REGISTER, SELECTION
from portal.linked_data import dates, full, publisher, website, work

PAGES = {"about": "AboutPage", "feedback": "ContactPage"}


def portal():
    """The portal and who answers for it."""
    search = full(reverse("recommendation_list")) + "?q={search_term_string}"
    site = website(
        description=_("Knowledge portal for municipalities"),
        inLanguage=["de", "en"],
        publisher=publisher(),
        potentialAction={
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search},
            "query-input": "required name=search_term_string",
        },
    )
    return [site, publisher() | {"url": full("/")}] if publisher() else [site]


def page(record):
    kind, url = PAGES.get(record.slug, "WebPage"), full(record.get_absolute_url())
    return work(kind, url, record.title, **dates(record))


def glossary(terms):
    url = full(reverse("glossary"))
    return work("DefinedTermSet", url, _("Glossary"), hasDefinedTerm=[
        {"@type": "DefinedTerm", "@id": f"{url}#{term.slug}", "url": f"{url}#{term.slug}", "name": term.term,
         "description": term.definition, "termCode": term.slug}
        for term in terms
    ])  # fmt: skip


def catalogue(tables):
    """The tables of the page `data`, as its view lists them."""
    return work("DataCatalog", full(reverse("data")), _("Data"), dataset=[dataset(table) for table in tables])


def codebook():
    data = {"@type": "DataCatalog", "url": full(reverse("data")), "name": _("Data")}
    return work("TechArticle", full(reverse("codebook")), _("Code book"), headline=_("Code book"), about=data)


def download(file):
    return {"@type": "DataDownload", "contentUrl": full(file["url"]), "encodingFormat": file["type"]}


def dataset(table):
    url = f"{full(reverse('data'))}#{table['name']}"
    files = [download(each) for each in table["downloads"]]
    about = f"{table['description']} {SELECTION}"
    return work("Dataset", url, str(table["title"]), description=about, distribution=files, **credit(table["name"]))


def credit(table):
    """Whose the facts of a table are, if we can't license them."""
    return {"license": "", "creditText": str(REGISTER)} if table == OF_REGISTER else {}


def releases(found):
    """As a catalogue of data sets."""
    sets = [{"@type": "Dataset", "url": full(each.get_absolute_url()), "name": str(each)} for each in found]
    return work("DataCatalog", full(reverse("release_list")), _("Data releases"), dataset=sets)


def release(record, path, name, files, table=""):
    """One, or a table of it. `files`: [{"type": media type, "url": …}]"""
    about = _("The published data, frozen under a number and a date, to download and cite.")
    facts = {"description": about, "version": str(record.number), "datePublished": record.created_at}
    distribution = [download(each) for each in files]
    return work("Dataset", full(path), f"{name} ({NAME})", **facts, distribution=distribution, **credit(table))
