from portal.entries import EntryType, Plain, register

from .models import Municipality

register(
    EntryType(
        "municipalities",
        Municipality,
        key="key",
        permanent=("key",),
        ignored=("ags", "state_name"),  # both follow from the key
        former_keys=Municipality.objects.former_keys,
        kept_elsewhere=lambda record: record.register_on is not None,  # the register is newer than any file of ours
        fields=[
            Plain("key"),
            Plain("ars"),
            Plain("official_name"),
            Plain("name"),
            Plain("kind"),
            Plain("register_kind"),
            Plain("state"),
            Plain("district"),
            Plain("population"),
            Plain("population_on"),
            Plain("area_km2"),
            Plain("postcode_of_seat"),
            Plain("lat"),
            Plain("lon"),
            Plain("degree_of_urbanisation"),
            Plain("municipalities", column="municipality_count"),
        ],
    )
)
