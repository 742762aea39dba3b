"""Municipalities for machines: the addresses by which others know them, and schema.org."""

from portal.linked_data import full

from .models import Municipality, State

GEOCODING = "http://dcat-ap.de/def/politicalGeocoding"
KEYS = {  # the vocabulary of DCAT-AP.de
    Municipality.Kind.TOWN: "municipalityKey", Municipality.Kind.CITY: "municipalityKey",
    Municipality.Kind.DISTRICT: "districtKey", Municipality.Kind.ASSOCIATION: "municipalAssociationKey",
}  # fmt: skip
NUTS = {  # level 1
    State.BW: "DE1", State.BY: "DE2", State.BE: "DE3", State.BB: "DE4", State.HB: "DE5", State.HH: "DE6",
    State.HE: "DE7", State.MV: "DE8", State.NI: "DE9", State.NW: "DEA", State.RP: "DEB", State.SL: "DEC",
    State.SN: "DED", State.ST: "DEE", State.SH: "DEF", State.TH: "DEG",
}  # fmt: skip


def geocoding_uri(municipality):
    """Its address in DCAT-AP.de, the profile of the German data portals."""
    return f"{GEOCODING}/{KEYS[municipality.kind]}/{municipality.key}"


def state_uris(code):
    return [f"{GEOCODING}/stateKey/{code}", f"http://data.europa.eu/nuts/code/{NUTS[code]}"]


def place(municipality):
    """A municipality as schema.org's AdministrativeArea, for JSON-LD."""
    found = {
        "@type": "AdministrativeArea",
        "url": full(municipality.get_absolute_url()),
        "name": municipality.display_name,
        "alternateName": municipality.official_name,
        "identifier": {"@type": "PropertyValue", "propertyID": "AGS" if len(municipality.key) == 8 else "ARS",
                       "value": municipality.key},
        "sameAs": [geocoding_uri(municipality)],
        "containedInPlace": {"@type": "State", "name": str(municipality.get_state_display()),
                             "sameAs": state_uris(municipality.state)},
    }  # fmt: skip
    if municipality.lat is not None:
        found["geo"] = {"@type": "GeoCoordinates", "latitude": municipality.lat, "longitude": municipality.lon}
    return found
