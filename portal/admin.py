"""The admin of the portal's own records: long pages, glossary, synonyms, history, accounts."""

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from . import workflow
from .accounts.invitations import send_invitation, trust_address
from .accounts.leaving import is_pseudonymous, pseudonym, pseudonymise
from .differences import changes, field_labels
from .entries import TYPES, type_of
from .entry_admin import (
    ENGLISH_MISSING,
    Accessible,
    EntryAdmin,
    MissingFilter,
    ask,
    history_address,
)
from .models import GlossaryTerm, MissedSearch, OutgoingMail, Page, PreviewLink, Remark, Revision, SearchSynonym, User
from .publishing import Publishable
from .views import shared_preview_token
from .workflow_admin import STEPS, PublishableAdmin


@admin.register(Page)
class PageAdmin(PublishableAdmin):
    """The long pages come with the content, and each has its own address: none is added or deleted here."""

    list_display = ["title_de", "state", "published_at", "blanks"]
    list_filter = ["status", MissingFilter]
    search_fields = ["title_de", "title_en", "body_de", "body_en"]
    steps = {name: step for name, step in STEPS.items() if name not in ("rename", "discard_draft")}
    missing = {
        "english": (ENGLISH_MISSING, models.Q(title_en="") | models.Q(body_en="")),
        "operator": (
            gettext_lazy("details of the operator"),
            models.Q(body_de__contains="⟦") | models.Q(body_en__contains="⟦"),
        ),
    }
    permanent = ["slug"]
    text_rows = 30
    fieldsets = [
        (
            None,
            {
                "fields": ["slug", ("title_de", "title_en"), "body_de", "body_en"],
                "description": gettext_lazy(
                    "Headings begin with ##, list items with a hyphen, a link is [text](address). "
                    "What stands in ⟦double brackets⟧ only the operator knows: replace it, brackets included."
                ),
            },
        ),
    ]

    @admin.display(description=gettext_lazy("still to be filled in"))
    def blanks(self, page):
        return page.body_de.count("⟦") + page.body_en.count("⟦") or None

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(EntryAdmin):
    list_display = ["term_de", "term_en", "definition_de"]
    list_filter = [MissingFilter]
    search_fields = ["term_de", "term_en", "definition_de", "definition_en"]
    ordering = ["term_de"]
    missing = {"english": (ENGLISH_MISSING, models.Q(term_en="") | models.Q(definition_en=""))}
    permanent = ["slug"]
    slug_from = ("slug", "term_de")
    view_on_site = False
    fieldsets = [
        (
            None,
            {
                "fields": [("term_de", "term_en"), ("definition_de", "definition_en"), "slug", "see_also"],
                "description": gettext_lazy(
                    "One or two sentences that someone new to the subject understands. No legal advice."
                ),
            },
        ),
    ]


@admin.register(SearchSynonym)
class SearchSynonymAdmin(EntryAdmin):
    list_display = ["__str__", "kind", "note"]
    list_filter = ["kind"]
    search_fields = ["terms", "note"]
    view_on_site = False
    fieldsets = [
        (
            None,
            {
                "fields": ["terms", "kind", "note"],
                "description": gettext_lazy(
                    "Words that readers type and words that our texts use. "
                    "Join only what means the same: every synonym makes lists longer."
                ),
            },
        ),
    ]


class RecordTypeFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind of record")
    parameter_name = "table"

    def lookups(self, request, model_admin):
        kinds = (TYPES[table] for table in model_admin.tables(request))
        return [(kind.table, capfirst(kind.model._meta.verbose_name_plural)) for kind in kinds]

    def queryset(self, request, queryset):
        return queryset.filter(table=self.value()) if self.value() else queryset


@admin.register(Revision)
class RevisionAdmin(admin.ModelAdmin):
    """The history, to read. Whoever may see a record may see its revisions."""

    change_form_template = "admin/entry_form.html"  # its steps are buttons
    list_display = ["created_at", "record", "note", "who", "state", "number"]
    list_filter = [RecordTypeFilter, "created_at"]
    list_select_related = ["author"]
    list_per_page = 50
    search_fields = ["entry__number", "number__exact", "note", "author__username", "author__last_name"]
    ordering = ["-created_at", "-pk"]
    actions = ["restore"]
    fields = ["record", "kind", "number", "state", "who", "created_at", "note", "difference"]

    class Media:
        css = {"all": ["admin.css"]}

    def tables(self, request):
        """Tables whose records the user may see."""
        seen = []
        for kind in TYPES.values():
            label, name = kind.model._meta.app_label, kind.model._meta.model_name
            if any(request.user.has_perm(f"{label}.{action}_{name}") for action in ("view", "change")):
                seen.append(kind.table)
        return seen

    def get_queryset(self, request):
        return super().get_queryset(request).filter(table__in=self.tables(request))

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        tables = self.tables(request)
        return obj.table in tables if obj else bool(tables)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(
        description=gettext_lazy("Restore this state"),
        permissions=["view"],
        location=[admin.ActionLocation.CHANGE_FORM],
    )
    def restore(self, request, queryset):
        revision = get_object_or_404(queryset)
        options = TYPES[revision.table].model._meta
        if not request.user.has_perm(f"{options.app_label}.change_{options.model_name}"):
            raise PermissionDenied
        try:
            record = workflow.restore(revision, request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return None
        if TYPES[revision.table].publishable:
            messages.success(request, _("Restored as a draft. Nothing has changed for readers yet."))
        else:
            messages.success(request, _("Restored. It counts from now on."))
        address = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[record.pk])
        return HttpResponseRedirect(address)

    def changelist_view(self, request, extra_context=None):
        """The history of one record says of which."""
        table, key = request.GET.get("table"), request.GET.get("record_id", "")
        named = {}
        if table and key.isascii() and key.isdigit() and len(key) < 19:
            newest = self.get_queryset(request).filter(table=table, record_id=key).order_by("-number").first()
            named = {"title": _("History: %s") % newest.record_name} if newest else {}
        return super().changelist_view(request, named | (extra_context or {}))

    def history_view(self, request, object_id, extra_context=None):
        revision = get_object_or_404(self.get_queryset(request), pk=object_id)
        return HttpResponseRedirect(history_address(revision.table, revision.record_id))

    @admin.display(description=gettext_lazy("record"))
    def record(self, revision):
        options = TYPES[revision.table].model._meta
        address = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[revision.record_id])
        return format_html('<a href="{}">{}</a>', address, revision.record_name)

    @admin.display(description=gettext_lazy("author"))
    def who(self, revision):
        """By name; without a link, since few may see accounts."""
        return revision.author.name if revision.author else _("loaded from files")

    @admin.display(description=gettext_lazy("kind of record"))
    def kind(self, revision):
        return capfirst(TYPES[revision.table].model._meta.verbose_name)

    @admin.display(description=gettext_lazy("status"))
    def state(self, revision):
        return Publishable.Status(revision.status).label if revision.status else ""

    @admin.display(description=gettext_lazy("changed"))
    def difference(self, revision):
        """Field by field, what was there before and what the revision made of it; or what was given up with it."""
        kind = TYPES[revision.table]
        if revision.discarded:
            given_up = reverse("admin:portal_revision_change", args=[revision.discarded_id])
            return format_html(
                '{}<p><a href="{}">{}</a></p>',
                changes(kind, revision.entry, revision.discarded.entry) or _("It said nothing else."),
                given_up,
                _("The discarded text, to look at or restore"),
            )
        earlier = Revision.objects.filter(
            table=revision.table, record_id=revision.record_id, number__lt=revision.number
        )
        previous = earlier.order_by("-number").first()
        if previous is None:
            return _("The first version.")
        return changes(kind, previous.entry, revision.entry) or _("No text; the status, for example.")


@admin.register(MissedSearch)
class MissedSearchAdmin(admin.ModelAdmin):
    """What readers looked for in vain, to read: a synonym, a recommendation or an example may be missing."""

    list_display = ["term", "count", "day", "again"]
    list_filter = ["day"]
    list_per_page = 50
    search_fields = ["term"]
    fields = ["term", "count", "day"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("does it find something now?"))
    def again(self, search):
        address = reverse("recommendation_list", query={"q": search.term})
        return format_html('<a href="{}">{}</a>', address, _("Search “%s” again") % search.term)


MAIL_STATES = {
    "waiting": pgettext_lazy("mail", "waiting"),
    "given-up": gettext_lazy("given up after a day"),
    "sent": pgettext_lazy("mail", "sent"),
}


class MailStateFilter(admin.SimpleListFilter):
    title = gettext_lazy("what became of it")
    parameter_name = "state"
    conditions = {
        "waiting": models.Q(sent_at=None, given_up_at=None),
        "given-up": models.Q(given_up_at__isnull=False),
        "sent": models.Q(sent_at__isnull=False),
    }

    def lookups(self, request, model_admin):
        return [(state, MAIL_STATES[state]) for state in self.conditions]

    def queryset(self, request, queryset):
        condition = self.conditions.get(self.value())
        return queryset.filter(condition) if condition else queryset


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin):
    """The outbox, to read: what was sent, what is on its way and what didn't arrive."""

    list_display = ["created_at", "recipient", "subject", "state", "attempts", "error"]
    list_filter = [MailStateFilter, "created_at"]
    list_per_page = 50
    search_fields = ["recipient", "subject"]
    fields = [
        "sender", "recipient", "subject", "text", "state", "created_at", "sent_at", "attempts", "next_attempt", "error",
    ]  # fmt: skip

    class Media:
        css = {"all": ["admin.css"]}

    def get_queryset(self, request):
        """To superusers everything. Mail to them holds links that open their accounts, too: that is theirs alone."""
        mail = super().get_queryset(request)
        if request.user.is_superuser:
            return mail
        addresses = User.objects.filter(is_superuser=True).values(address=Lower("email"))
        return mail.alias(to=Lower("recipient")).exclude(to__in=addresses)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("what became of it"))
    def state(self, mail):
        return MAIL_STATES["sent" if mail.sent_at else "given-up" if mail.given_up_at else "waiting"]

    @admin.display(description=gettext_lazy("next attempt at"))
    def next_attempt(self, mail):
        done = mail.sent_at or mail.given_up_at
        return None if done else date_format(timezone.localtime(mail.next_try_at), "DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("text"))
    def text(self, mail):
        return format_html('<div class="mail">{}</div>', mail.text)


class AboutRecordAdmin(Accessible, admin.ModelAdmin):
    """Of what belongs to one record; made from that record's form, which names it in the address."""

    author_field = ""

    class Media:
        css = {"all": ["admin.css"]}

    def tables(self, request):
        return list(TYPES)

    def record_kind(self, request):
        return TYPES.get(request.GET.get("table", ""))

    def has_add_permission(self, request):
        """Only from a record's form: elsewhere nobody could say which record is meant."""
        return super().has_add_permission(request) and self.record_kind(request) is not None

    def named(self, request):
        """The record that the address names."""
        key = request.GET.get("record_id", "")
        # More digits than an id can have are too many for the database, too.
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            raise Http404
        return get_object_or_404(self.record_kind(request).model, pk=key)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if add:
            context |= {"subtitle": self.named(request), "show_save_and_continue": False}
        context["show_save_and_add_another"] = False  # of which record?
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        if not change:
            record = self.named(request)
            obj.table, obj.record_id, obj.record_name = type_of(record).table, record.pk, str(record)[:200]
            setattr(obj, self.author_field, request.user)
        super().save_model(request, obj, form, change)

    def record_address(self, obj):
        options = TYPES[obj.table].model._meta
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[obj.record_id])

    @admin.display(description=gettext_lazy("record"))
    def record(self, obj):
        return format_html('<a href="{}">{}</a>', self.record_address(obj), obj.record_name)


@admin.register(Remark)
class RemarkAdmin(AboutRecordAdmin):
    """Whoever may remark writes; whoever edits the text marks it as done."""

    list_display = ["text", "record", "part", "who", "created_at", "done"]
    list_display_links = ["text"]
    list_filter = ["done", RecordTypeFilter]
    list_select_related = ["author"]
    search_fields = ["text", "record_name"]
    author_field = "author"

    def response_add(self, request, obj, post_url_continue=None):
        """Back to what was remarked on, where the remark stands, too."""
        messages.success(request, _("Your remark stands with the text now."))
        return HttpResponseRedirect(self.record_address(obj))

    def get_readonly_fields(self, request, obj=None):
        return ["record", "who", "created_at", "part", "text"] if obj else []

    def get_fields(self, request, obj=None):
        return ["record", "part", "text", "who", "created_at", "done"] if obj else ["field", "text"]

    @admin.display(description=gettext_lazy("about which part"))
    def part(self, remark):
        return capfirst(field_labels(TYPES[remark.table]).get(remark.field) or _("the whole text"))

    @admin.display(description=gettext_lazy("author"))
    def who(self, remark):
        return remark.author.name

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        kind = self.record_kind(request)
        if kind and "field" in form.base_fields:
            labels = [(name, capfirst(label)) for name, label in field_labels(kind).items()]
            form.base_fields["field"].widget = forms.Select(choices=[("", _("the whole text")), *labels])
        return form


@admin.register(PreviewLink)
class PreviewLinkAdmin(AboutRecordAdmin):
    change_form_template = "admin/entry_form.html"  # its steps are buttons
    list_display = ["record", "reviewer", "created_by", "expires_at", "state"]
    list_display_links = ["reviewer"]
    list_filter = [RecordTypeFilter]
    list_select_related = ["created_by"]
    search_fields = ["record_name", "reviewer"]
    actions = ["revoke"]
    author_field = "created_by"

    def response_add(self, request, obj, post_url_continue=None):
        """To the address, which is what the editor came for."""
        messages.success(request, _("Copy the address below and send it to %s.") % obj.reviewer)
        return HttpResponseRedirect(reverse("admin:portal_previewlink_change", args=[obj.pk]))

    def get_readonly_fields(self, request, obj=None):
        return ["record", "address", "reviewer", "expires_at", "created_by", "created_at", "state"] if obj else []

    def get_fields(self, request, obj=None):
        return self.get_readonly_fields(request, obj) or ["reviewer", "expires_at"]

    def get_changeform_initial_data(self, request):
        return {"expires_at": timezone.now() + settings.SHARED_PREVIEW_AGE}

    @admin.display(description=gettext_lazy("status"))
    def state(self, link):
        if link.revoked_at:
            return _("revoked")
        return _("open") if link.is_open else _("ended")

    @admin.display(description=gettext_lazy("address"))
    def address(self, link):
        if not link.is_open:
            return "–"
        path = reverse("preview", args=[shared_preview_token(link)])
        return format_html('<a href="{}">{}</a>', path, settings.SITE_ADDRESS + path)

    def get_actions(self, request, action_location=admin.ActionLocation.CHANGE_LIST):
        """On its form only while there is something to revoke."""
        actions = super().get_actions(request, action_location)
        if action_location == admin.ActionLocation.CHANGE_FORM:
            link = self.get_object(request, request.resolver_match.kwargs.get("object_id"))
            return actions if link and link.is_open else {}
        return actions

    @admin.action(
        description=gettext_lazy("Revoke"),
        permissions=["change"],
        location=[admin.ActionLocation.CHANGE_LIST, admin.ActionLocation.CHANGE_FORM],
    )
    def revoke(self, request, queryset):
        count = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        messages.success(request, ngettext("%d preview revoked.", "%d previews revoked.", count) % count)


class InvitationForm(forms.ModelForm):
    """A new account: whoever it is for sets the password, so that nobody else ever knows it."""

    class Meta:
        model = User
        fields = ["email", "first_name", "last_name", "groups"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = self.fields["groups"].required = True

    def clean_email(self):
        address = self.cleaned_data["email"].lower()
        if User.objects.filter(username=address).exists():
            raise ValidationError(_("There is an account with this address."))
        return address


@admin.register(User)
class PortalUserAdmin(Accessible, UserAdmin):
    """Accounts get roles. What only superusers have, only superusers see and give, and only they change superusers."""

    change_form_template = "admin/change_form.html"
    add_form_template = None
    add_form = InvitationForm
    add_fieldsets = [
        (
            None,
            {
                "fields": ["email", ("first_name", "last_name"), "groups"],
                "description": gettext_lazy(
                    "The address gets an invitation that is valid for three days; with it the person sets a password "
                    "and a second factor. The address is the username."
                ),
            },
        ),
    ]
    filter_horizontal = ()
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "groups"]
    readonly_fields = ["last_login", "date_joined"]
    actions = ["pseudonymise"]
    only_superusers = ("is_superuser", "user_permissions")

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (title, options | {"fields": [name for name in options["fields"] if name not in self.only_superusers]})
            for title, options in fieldsets
        ]

    def may_touch(self, request, user):
        return user is None or request.user.is_superuser or not user.is_superuser

    def has_change_permission(self, request, obj=None):
        return self.may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.may_touch(request, obj) and super().has_delete_permission(request, obj)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.username, obj.is_staff = obj.email, True
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        trust_address(obj)
        if not change:
            send_invitation(obj)

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(request, _("The invitation to %s is on its way.") % obj.email)
        return super().response_add(request, obj, post_url_continue)

    def get_urls(self):
        view = self.admin_site.admin_view(self.pseudonymise_view)
        leaving = path("<int:pk>/pseudonymisieren/", view, name="portal_user_pseudonymise")
        return [leaving, *super().get_urls()]

    @admin.action(
        description=gettext_lazy("Pseudonymise"),
        permissions=["change"],
        location=[admin.ActionLocation.CHANGE_FORM],
    )
    def pseudonymise(self, request, queryset):
        return HttpResponseRedirect(reverse("admin:portal_user_pseudonymise", args=[queryset.get().pk]))

    def pseudonymise_view(self, request, pk):
        """Asks before an editor who has left is made unknown."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        form = forms.Form(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                pseudonymise(user, request.user)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                user.refresh_from_db()
                self.log_change(request, user, _("Pseudonymised."))
                messages.success(request, _("The account is now called “%s”.") % pseudonym(user))
                return HttpResponseRedirect(reverse("admin:portal_user_change", args=[user.pk]))
        return ask(self, request, user, _("Pseudonymise “%s”") % user, self.forgetting(user), form, _("Pseudonymise"))

    def forgetting(self, user):
        """In words, what pseudonymising does."""
        if is_pseudonymous(user):
            return [_("This account is pseudonymous already.")]
        return [
            _(
                "The account is switched off and has no role any more. Its sessions end; its password, second factors "
                "and invitations are deleted, and so is mail to its address in the outbox."
            ),
            _(
                "Name, username and e-mail address become “%s”, wherever they stand: in the account, in remarks, in "
                "notes of the history, in shared previews and in mail to others. Each part of the name is replaced; "
                "if it is an ordinary word, too, read the remarks afterwards."
            ) % pseudonym(user),
            _(
                "What the person has written stays in the history under this name. Texts for readers stay as they "
                "are, even if they name somebody of that name. It can't be undone."
            ),
        ]  # fmt: skip


# Secrets and what the log-in keeps for itself are nobody's to edit; Group gets its own admin below.
admin.site.unregister([Group, Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])


@admin.register(Group)
class PortalGroupAdmin(Accessible, GroupAdmin):
    filter_horizontal = ()
