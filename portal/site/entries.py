"""Entry types of the portal's own records."""

from portal.entries import EntryType, Lines, Plain, Refs, register
from portal.models import GlossaryTerm, Page, SearchSynonym

register(
    EntryType("pages", Page, [Plain("slug"), Plain("title_de"), Plain("title_en"), Plain("body_de"), Plain("body_en")]),
    EntryType(
        "glossary",
        GlossaryTerm,
        fields=[
            Plain("slug"),
            Plain("term_de"),
            Plain("term_en"),
            Plain("definition_de"),
            Plain("definition_en"),
            Refs("see_also", GlossaryTerm, "slug"),
        ],
    ),
    EntryType("synonyms", SearchSynonym, [Lines("terms"), Plain("kind"), Plain("note")], key="terms"),
)
