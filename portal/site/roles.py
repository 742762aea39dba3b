"""Who may do what in the admin: one table, granted by a migration."""

# Words of the table: the actions of Django's permissions, and of ours "publish", "withdraw" (of a data
# release) and "import" (of the register).
EDIT, READ, KEEP = ("view", "add", "change"), ("view",), ("view", "add", "change", "delete")
WORKFLOW = ("page", "challenge", "practiceexample", "recommendation")
TALK = {"remark": EDIT, "previewlink": EDIT}
CONTENT = (*WORKFLOW, "source", "targetgroup", "selfcheckquestion", "glossaryterm", "searchsynonym")
LOOK_UP = {"municipality": READ, "revision": READ, "missedsearch": READ, "release": READ}

ROLES = {
    "Redaktion": {**dict.fromkeys(CONTENT, EDIT), **LOOK_UP, **TALK},
    "Freigabe": {
        **dict.fromkeys(CONTENT, EDIT),
        **dict.fromkeys(WORKFLOW, (*EDIT, "publish")),
        **LOOK_UP,
        "release": ("view", "publish"),
        **TALK,
    },
    "Beirat": {
        **dict.fromkeys(CONTENT, READ),
        "municipality": READ,
        "revision": READ,
        "release": READ,
        "remark": ("view", "add"),
    },
    "Administration": {
        **dict.fromkeys(CONTENT, KEEP),
        **dict.fromkeys(WORKFLOW, (*KEEP, "publish")),
        "municipality": (*KEEP, "import"),
        "revision": READ,
        "remark": KEEP,
        "previewlink": KEEP,
        "missedsearch": ("view", "delete"),
        "release": ("view", "publish", "withdraw"),
        "outgoingmail": READ,  # invitations stand in it
        "user": KEEP,
        "group": READ,  # an account gets a role; what a role may do stands here
    },
}
APPS = ("portal", "municipalities", "recommendations", "auth")


def grant(group_model, permission_model):
    """Bring the groups and their permissions in line with the table; what else a group was given stays."""
    for name, rights in ROLES.items():
        group, _created = group_model.objects.get_or_create(name=name)
        for model, actions in rights.items():
            codenames = [f"{action}_{model}" for action in actions]
            found = permission_model.objects.filter(codename__in=codenames, content_type__app_label__in=APPS)
            if found.count() != len(codenames):
                raise LookupError(f"Role {name}: not all of {', '.join(codenames)} exist.")
            group.permissions.add(*found)
