"""What templates need beyond Django: texts that know their language, paragraphs, Markdown, numbers."""

import re
from html import escape
from itertools import pairwise
from json import dumps
from urllib.parse import urlsplit

import nh3
from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language, gettext
from markdown_it import MarkdownIt

from portal import about as said
from portal.licences import Licence
from portal.linked_data import breadcrumb, document, full
from portal.localized import text_in
from portal.search import marked
from portal.snippets import BULLET, SENTENCE_END

register = template.Library()

CHECKED = mark_safe(" checked")  # an attribute, ours
OPERATOR_BLANK = re.compile(r"⟦([^⟧]*)⟧")
MARKDOWN = MarkdownIt("commonmark", {"html": False})
MARKDOWN_CLASSES = {
    "h2": "kern-heading-medium", "h3": "kern-heading-small", "h4": "kern-heading-small", "p": "kern-body",
    "ul": "kern-list kern-list--bullet", "ol": "kern-list kern-list--number", "a": "kern-link",
}  # fmt: skip
MARKDOWN_ATTRIBUTES = {
    **{tag: {"class"} for tag in MARKDOWN_CLASSES},
    **{tag: {"class", "id"} for tag in ("h2", "h3", "h4")},
    "a": {"class", "href", "title"},
    "ol": {"class", "start"},
    "img": {"src", "alt"},
}
MARKDOWN_TAGS = {*MARKDOWN_CLASSES, "li", "strong", "em", "code", "pre", "blockquote", "br", "hr"}


def language_attribute(text):
    """` lang="de"` if the text knows its language and the page has another one, else nothing."""
    lang = getattr(text, "lang", None)
    return format_html(' lang="{}"', lang) if lang and lang != get_language() else ""


@register.filter
def mark_language(text):
    """The text, in a span with its language if that isn't the page's."""
    attribute = language_attribute(text)
    return format_html("<span{}>{}</span>", attribute, text) if attribute else conditional_escape(text)


@register.filter
def highlight(text, found):
    """The text as `mark_language` shows it, with found words marked. `found`: folded words; without any, no work."""
    if not found:
        return mark_language(text)
    pieces = [
        f'{escape(before)}<mark class="hit">{escape(word)}</mark>' if word else escape(before)
        for before, word in marked(text, found)
    ]
    html = mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped above
    attribute = language_attribute(text)
    return format_html("<span{}>{}</span>", attribute, html) if attribute else html


@register.filter
def checkboxes(options, name):
    """The options of a facet called `name`; not a template, which takes much longer for some sixty of them a page."""
    return format_html_join(
        "\n",
        '<div class="kern-form-check">'
        '<input class="kern-form-check__checkbox" type="checkbox" id="id_{0}_{1}" name="{0}" value="{1}"{2}>\n'
        '<label class="kern-label kern-label--small" for="id_{0}_{1}">{3} <span class="count">({4})</span></label>'
        "</div>",
        (
            (name, option.value, CHECKED if option.chosen else "", mark_language(option.label), grouped(option.count))
            for option in options
        ),
    )


@register.filter
def in_brief(source):
    """Who, when and, if so, that it was seen second-hand only."""
    year = "" if source.year else f", {gettext('no year')}"
    return f"{source.short}{year}" + (f" ({gettext('second-hand')})" if source.kind == "secondary" else "")


@register.filter
def first_sentence(text):
    """The first sentence of a text, still knowing its language."""
    return text_in(getattr(text, "lang", get_language()), SENTENCE_END.split(text, maxsplit=1)[0])


@register.filter
def paragraphs(text):
    """A plain text of several lines as paragraphs; lines that begin with a dash become a list."""
    attribute = language_attribute(text)
    blocks, bullets = [], []

    def close_list():
        if bullets:
            items = "".join(f"<li>{escape(bullet)}</li>" for bullet in bullets)
            blocks.append(f'<ul class="kern-list kern-list--bullet"{attribute}>{items}</ul>')
            bullets.clear()

    for line in filter(str.strip, text.splitlines()):
        if BULLET.match(line):
            bullets.append(BULLET.sub("", line).strip())
        else:
            close_list()
            blocks.append(f'<p class="kern-body"{attribute}>{escape(line.strip())}</p>')
    close_list()
    return mark_safe("\n".join(blocks))  # noqa: S308 - every line is escaped above


@register.filter
def markdown(text, pictures=False):
    """Safe HTML of a long page. Headings get an id and begin at level 2; ⟦…⟧ marks what the operator must fill in.

    `pictures`: of a text of ours, whose pictures are static files; editors' pages have none.
    """
    tokens = MARKDOWN.parse(text)
    used = set()
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type in ("heading_open", "heading_close"):
            token.tag = {"h1": "h2", "h2": "h2", "h3": "h3"}.get(token.tag, "h4")
        if token.type == "heading_open":
            base = slugify(following.content) or "section"
            anchor = next(name for name in (base, *(f"{base}-{n}" for n in range(2, 1000))) if name not in used)
            used.add(anchor)
            token.attrSet("id", anchor)
        for part in [token, *(token.children or [])]:
            if part.nesting == 1 and part.tag in MARKDOWN_CLASSES:
                part.attrJoin("class", MARKDOWN_CLASSES[part.tag])
            if pictures and part.type == "image":
                part.attrSet("src", static(part.attrs["src"]))
    html = nh3.clean(
        MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}),
        tags=MARKDOWN_TAGS | ({"img"} if pictures else set()),
        attributes=MARKDOWN_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    html = OPERATOR_BLANK.sub(r"<mark>\1</mark>", html)
    attribute = language_attribute(text)
    return mark_safe(f"<div{attribute}>{html}</div>" if attribute else html)  # noqa: S308 - cleaned by nh3


@register.filter
def grouped(number):
    """A number with the page's language's separators: 10.751 and 1.567,57, 10,751 and 1,567.57."""
    if isinstance(number, int) and number < 1_000:
        return str(number)
    return number_format(number, use_l10n=True, force_grouping=True)


@register.simple_tag
def about(what):
    """What the portal says of itself, by its name in `portal.about`."""
    return str(getattr(said, what))


@register.simple_tag
def inhabitants(number):
    """A number of inhabitants, if it is known."""
    return "" if number is None else grouped(number)


@register.simple_tag
def licence_link(code):
    """A licence by its short name, leading to its text if that stands anywhere."""
    licence = Licence(code)
    if not licence.url:
        return licence.label
    link = '<a class="kern-link" href="{}" rel="license" title="{}">{}</a>'
    return format_html(link, licence.url, licence.full_name, licence.label)


@register.filter
def host(url):
    """The host of an address, to say where a link leads."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


class LanguageNoteNode(template.Node):
    def __init__(self, nodelist):
        self.nodelist = nodelist

    def render(self, context):
        content = self.nodelist.render(context)
        note = render_to_string("language_note.html") if get_language() != "de" and ' lang="de"' in content else ""
        return note + content


@register.tag
def language_note(parser, token):
    """Puts a note before the enclosed content if German passages occur in it on a page in another language.

    A title that a sentence merely names is no passage: it says lang="de-DE".
    """
    nodelist = parser.parse(["endlanguage_note"])
    parser.delete_first_token()
    return LanguageNoteNode(nodelist)


@register.inclusion_tag("account/field.html")
def field(bound, label, help=""):
    """An input of KERN with its label, hint and mistakes. The placeholders of django-allauth go."""
    described = [f"{bound.id_for_label}_{part}" for part, there in (("help", help), ("error", bound.errors)) if there]
    bound.field.widget.attrs.pop("placeholder", None)
    attributes = {"class": "kern-form-input__input"}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return {"field": bound, "label": label, "help": help, "widget": bound.as_widget(attrs=attributes)}


# A data block mustn't end early, whatever a name holds.
DATA_BLOCK = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


@register.filter
def json_ld(nodes):
    """Linked data of a page, as `portal.linked_data` makes it. A block of data is not run, so the CSP lets it be."""
    data = dumps(document(nodes), cls=DjangoJSONEncoder, ensure_ascii=False).translate(DATA_BLOCK)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(data))  # noqa: S308 - escaped above


@register.simple_tag(takes_context=True)
def breadcrumb_data(context):
    """The breadcrumb that a page shows, as linked data."""
    if context.get("preview") or "canonical_url" not in context:
        return ""
    steps = [(gettext("Home"), full(reverse("home")))]
    steps += [(label, full(url)) for label, url in context.get("trail", ())]
    if context.get("parent_url"):
        steps.append((context["parent_label"], full(context["parent_url"])))
    return json_ld([breadcrumb([*steps, (context["here"], context["canonical_url"])])])


# What a page is called stands in its template once; browsers and those who show a link to it read it by two names.


@register.filter
def title_tags(title):
    """`title`: HTML, escaped already."""
    title = title.strip().replace('"', "&quot;")
    tags = '<title>{0} – {1}</title>\n  <meta property="og:title" content="{0}">'
    return format_html(tags, mark_safe(title), said.SHORT_NAME)  # noqa: S308 - escaped already


@register.filter
def description_tags(description):
    """`description`: HTML, escaped already. Without any there is nothing to say."""
    text = mark_safe(" ".join(description.split()).replace('"', "&quot;"))  # noqa: S308 - escaped already
    tags = '<meta name="description" content="{0}">\n  <meta property="og:description" content="{0}">'
    return format_html(tags, text) if text else ""


@register.filter
def opening(text):
    """The first paragraph of a Markdown text that holds no blank of the operator's, without its marks."""
    tokens = MARKDOWN.parse(text)
    for token, following in pairwise(tokens):
        if token.type == "paragraph_open" and "⟦" not in following.content:
            words = "".join(" " if part.type == "softbreak" else part.content for part in following.children)
            return text_in(getattr(text, "lang", get_language()), words)
    return ""


@register.filter
def json(value):
    """For an attribute that a script reads; the template escapes it."""
    return dumps(value, cls=DjangoJSONEncoder)
