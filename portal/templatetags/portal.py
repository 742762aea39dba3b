"""What templates need beyond Django: texts that know their language, paragraphs, Markdown, numbers."""

import re
from html import escape
from json import dumps
from urllib.parse import urlsplit

import nh3
from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language
from markdown_it import MarkdownIt

from portal.localized import Text

register = template.Library()

BULLET = re.compile(r"^\s*[-*•]\s+")
# The end of a sentence; an abbreviation such as „z. B.“ has fewer than three letters before its point.
SENTENCE_END = re.compile(r"(?<=\w{3}[.!?])\s")
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
def first_sentence(text):
    """The first sentence of a text, still knowing its language."""
    sentence = Text(SENTENCE_END.split(text, maxsplit=1)[0])
    sentence.lang = getattr(text, "lang", get_language())
    return sentence


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
def markdown(text):
    """Safe HTML of a long page. Headings get an id and begin at level 2; ⟦…⟧ marks what the operator must fill in."""
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
    html = nh3.clean(
        MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}),
        tags=MARKDOWN_TAGS,
        attributes=MARKDOWN_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    html = OPERATOR_BLANK.sub(r"<mark>\1</mark>", html)
    attribute = language_attribute(text)
    return mark_safe(f"<div{attribute}>{html}</div>" if attribute else html)  # noqa: S308 - cleaned by nh3


@register.simple_tag
def inhabitants(number):
    """A number of inhabitants with the separators of the page's language."""
    return "" if number is None else number_format(number, use_l10n=True, force_grouping=True)


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
    """Puts a note before the enclosed content if German passages occur in it on a page in another language."""
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
def json_ld(value):
    """Linked data of a page. A block of data is not run, so the CSP lets it be."""
    data = dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).translate(DATA_BLOCK)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(data))  # noqa: S308 - escaped above


@register.filter
def json(value):
    """For an attribute that a script reads; the template escapes it."""
    return dumps(value, cls=DjangoJSONEncoder)
