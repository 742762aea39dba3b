"""Content of any size for measuring: the starter content, and records made of word lists until there are enough.

The same size and seed make the same records. Texts are German, with the compounds that German makes of everything, so
that the vocabulary grows with the content as it does in real texts.
"""

import hashlib
import random
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from municipalities.models import Municipality, State
from portal.entries import TYPES
from portal.models import ContentChange
from recommendations.models import (
    Addressee,
    Challenge,
    Effort,
    Evidence,
    ExampleCitation,
    Horizon,
    Illustration,
    Level,
    PracticeExample,
    Recommendation,
    RecommendationCitation,
    Source,
    Step,
    TargetGroup,
)

SEED = 20_240_115
MUNICIPALITIES = 2_000
PUBLISHED = {"status": "published", "published_at": datetime(2024, 1, 2, 12, tzinfo=UTC)}
BATCH = 5_000
MOST_ILLUSTRATIONS = 5

# COMMON is in the texts of four recommendations in ten, alone or in a compound; RARE in those of five.
COMMON, COMMON_SHARE = "Beratung", 0.4
RARE, RARE_RECORDS = "Wohnungstauschlotse", 5
COMMON_FORMS = [
    "Beratung", "Beratungsstelle", "Beratungen", "Migrationsberatung", "Erstberatung", "Verfahrensberatung", "Sozialberatung", "Beratungsangebot",
]  # fmt: skip

FIRST = """Integrations Sprach Wohnraum Bildungs Gesundheits Kultur Familien Jugend Kinder Arbeits Ausbildungs Verwaltungs Stadtteil
Quartiers Nachbarschafts Ehrenamts Vereins Gemeinde Kreis Landes Bundes Flüchtlings Migrations Einwanderungs Aufenthalts Asyl Schul
Kita Fachkräfte Betriebs Unternehmens Wohnungs Miet Bau Flächen Verkehrs Mobilitäts Digital Daten Übersetzungs Dolmetsch Krisen
Notfall Unterbringungs Aufnahme Willkommens Teilhabe Beteiligungs Demokratie Diversitäts Antidiskriminierungs Begegnungs Freizeit
Sport Musik Bibliotheks Haushalts Förder Finanz Personal Anerkennungs Qualifizierungs Weiterbildungs Alphabetisierungs Eltern
Frauen Senioren Patenschafts Lotsen Vormundschafts Trauma Pflege Impf Hebammen Klima Katastrophen Sicherheits Präventions""".split()
MIDDLE = """planungs leistungs vermittlungs netzwerk bedarfs dienst kurs projekt zentrums strategie gruppen struktur verbund qualitäts
zugangs angebots begleit treffpunkt""".split()
LAST = """konzept stelle netzwerk programm angebot büro zentrum kurs förderung planung strategie team koordination runde konferenz
bericht statistik erhebung vereinbarung leitfaden plattform mittel haushalt fonds projekt treff café patenschaft begleitung vermittlung
schulung fortbildung dienst verbund ausschuss beirat beauftragte lotse mentorin gruppe initiative kampagne woche tag fest haus raum
wohnung unterkunft gebäude fläche quote zahl karte liste sprechstunde hotline datenbank vorhaben modell bündnis""".split()
ADJECTIVES = """kommunale frühzeitige verlässliche mehrsprachige niedrigschwellige dauerhafte gemeinsame regionale ländliche städtische
digitale unabhängige bezahlbare dezentrale interkulturelle ressortübergreifende bedarfsgerechte aufsuchende verbindliche offene""".split()
VERBS = """einrichten ausbauen stärken verstetigen finanzieren öffnen vereinbaren planen prüfen erproben begleiten auswerten bündeln
vernetzen verankern sichern fördern entwickeln abstimmen veröffentlichen""".split()
WHO = """Zugewanderte Geflüchtete Familien Jugendliche Ehrenamtliche Fachkräfte Vereine Nachbarschaften Betriebe Schulen Ämter
Migrantenorganisationen Ausländerbehörden Jobcenter Wohnungsunternehmen Träger""".split()
TITLES = [
    "{a} {n} {v}",
    "{n} und {n2} {v}",
    "{n} für {w} {v}",
    "{a} {n} mit {w} {v}",
    "{n} im Landkreis {v}",
    "{w} an der {n} beteiligen",
]
SENTENCES = [
    "Die Kommune sollte {a} {n} {v} und dabei {w} einbeziehen.",
    "Eine {a} {n} hilft, {n2} und {n3} aufeinander abzustimmen.",
    "Vor Ort fehlt es oft an {n} und {n2}; {w} brauchen deshalb {a} Unterstützung.",
    "{w} und {w2} können gemeinsam {n} {v}.",
    "Der Bericht empfiehlt, {n} dauerhaft zu {v} und {n2} zu {v2}.",
    "Ohne {n} bleibt die {n2} für {w} schwer erreichbar.",
    "Land und Bund beteiligen sich an {n} und {n2}.",
    "In vielen Städten und Gemeinden ist {a} {n} bereits üblich.",
]
ENGLISH = "Municipalities should support {x} together with {y} and review the results every year."
ENGLISH_WORDS = """language courses, affordable housing, child care, counselling, neighbourhood work, vocational training, volunteers, health services,
participation, data, mediation, schools, employers, interpreters, local councils, welcome offices""".replace(
    "\n", " "
).split(", ")
PLACES = """Alt Neu Ober Unter Nieder Hohen Klein Groß Bad Sankt Birken Eichen Buchen Linden Stein Sand Mühl Wiesen Wald Fels Rosen
Königs Bischofs Mark Kirch Burg Schön Weiß Schwarz Rot Grün Wald Lauter Wester Oster""".split()
PLACE_ENDS = """hausen dorf stadt burg berg tal bach feld heim kirchen brück furt au rode walde see born werda leben ingen ow itz""".split()


def mark(size):
    """What the last row of a finished filling says: made by this very file, for this size."""
    return f"bench {hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]} {size}"


def is_filled(size):
    return "portal_contentchange" in connection.introspection.table_names() and (
        ContentChange.objects.filter(table=mark(size)).exists()
    )


def fill(size, progress):
    """Fills an empty database with the starter content and more, until there are `size` recommendations."""
    call_command("migrate", verbosity=0)
    call_command("load_content", verbosity=0)
    maker = Maker(random.Random(f"{SEED} {size}"))
    progress("municipalities")
    maker.municipalities(MUNICIPALITIES - Municipality.objects.count())
    progress("practice examples")
    maker.examples(max(size // 5 - PracticeExample.objects.count(), 20))
    progress("recommendations")
    maker.recommendations(size - Recommendation.objects.count())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    ContentChange.objects.create(table=mark(size))


class Maker:
    def __init__(self, chance):
        self.chance = chance
        self.challenge_ids = list(Challenge.objects.order_by("slug").values_list("pk", flat=True))
        self.group_ids = list(TargetGroup.objects.order_by("slug").values_list("pk", flat=True))
        self.source_ids = list(Source.objects.order_by("key").values_list("pk", flat=True))

    def some(self, values, most, least=1):
        """From `least` to `most` different ones of `values`, the early ones more often."""
        wanted = self.chance.randint(least, most)
        return list(dict.fromkeys(values[int(len(values) * self.chance.random() ** 1.6)] for _ in range(wanted)))

    def noun(self):
        middle = self.chance.choice(MIDDLE) if self.chance.random() < 0.06 else ""
        # Real words are used unevenly, too: a few often, most of them seldom.
        return FIRST[int(len(FIRST) * self.chance.random() ** 1.5)] + middle + self.chance.choice(LAST)

    def fill_in(self, template):
        pick = self.chance.choice
        text = template.format(n=self.noun(), n2=self.noun(), n3=self.noun(), a=pick(ADJECTIVES), v=pick(VERBS),
                               v2=pick(VERBS), w=pick(WHO), w2=pick(WHO))  # fmt: skip
        return text[0].upper() + text[1:]

    def text(self, least, most):
        return " ".join(self.fill_in(self.chance.choice(SENTENCES)) for _ in range(self.chance.randint(least, most)))

    def english(self):
        return ENGLISH.format(x=self.chance.choice(ENGLISH_WORDS), y=self.chance.choice(ENGLISH_WORDS))

    def municipalities(self, count):
        made, states = [], State.values
        for n in range(count):
            state = states[n % len(states)]
            name = self.chance.choice(PLACES) + self.chance.choice(PLACE_ENDS)
            made.append(Municipality(
                key=f"{state}9{n:05}", official_name=f"{name}, Stadt", name=name, kind="town", register_kind="Stadt",
                state=state, district=f"Kreis {self.chance.choice(PLACES)}land", population=int(10 ** self.chance.uniform(3, 6)),
                area_km2=self.chance.randint(5, 300), postcode_of_seat=f"{self.chance.randint(1000, 99999):05}",
                lat=round(self.chance.uniform(47.5, 54.8), 4), lon=round(self.chance.uniform(6.2, 14.8), 4),
            ))  # fmt: skip
        self.save(made)

    def save(self, records):
        """Writes them, and announces each as the editors' own saving would."""
        model = type(records[0])
        model.objects.bulk_create(records, batch_size=BATCH)
        table = next(kind.table for kind in TYPES.values() if kind.model is model)
        ContentChange.objects.bulk_create(
            [ContentChange(table=table, record_id=record.pk) for record in records], batch_size=BATCH
        )

    def link(self, model, name, records, values, most):
        """Rows of the many-to-many relation `name`."""
        through = getattr(model, name).through
        owner, other = (
            through._meta.get_field(field).attname for field in (model._meta.model_name, self.target(model, name))
        )
        through.objects.bulk_create(
            [through(**{owner: record.pk, other: pk}) for record in records for pk in self.some(values, most)],
            batch_size=BATCH,
        )

    def target(self, model, name):
        return model._meta.get_field(name).related_model._meta.model_name

    def cite(self, model, records):
        model.objects.bulk_create(
            [
                model(**{model.owner: record}, source_id=pk, page=str(self.chance.randint(1, 200)), position=position)
                for record in records
                for position, pk in enumerate(self.some(self.source_ids, 3))
            ],
            batch_size=BATCH,
        )

    def examples(self, count):
        places = list(Municipality.objects.order_by("key").values_list("pk", flat=True))
        for numbers in batched(range(count), BATCH, strict=False):
            made = [
                PracticeExample(
                    number=f"P{n:05}", slug=f"beispiel-{n}", municipality_id=self.chance.choice(places),
                    title_de=self.fill_in(self.chance.choice(TITLES)), summary_de=self.text(1, 2), situation_de=self.text(1, 3),
                    approach_de=self.text(2, 4), result_de=self.text(0, 2), actors_de="\n".join(self.some(WHO, 4)),
                    year_start=self.chance.randint(1995, 2024), period_status=self.chance.choice(["ongoing", "unknown"]), **PUBLISHED,
                )
                for n in numbers
            ]  # fmt: skip
            with transaction.atomic():
                self.save(made)
                self.link(PracticeExample, "challenges", made, self.challenge_ids, 3)
                self.link(PracticeExample, "target_groups", made, self.group_ids, 3)
                self.cite(ExampleCitation, made)

    def recommendations(self, count):
        example_ids = list(PracticeExample.objects.order_by("number").values_list("pk", flat=True))
        rare = {count * part // RARE_RECORDS for part in range(RARE_RECORDS)}
        for numbers in batched(range(count), BATCH, strict=False):
            made = [self.recommendation(n, n in rare) for n in numbers]
            with transaction.atomic():
                self.save(made)
                self.link(Recommendation, "challenges", made, self.challenge_ids, 3)
                self.link(Recommendation, "target_groups", made, self.group_ids, 3)
                self.cite(RecommendationCitation, made)
                self.steps(made)
                self.illustrations(made, example_ids)

    def recommendation(self, n, rare):
        title, summary, rationale = self.fill_in(self.chance.choice(TITLES)), self.text(1, 3), self.text(1, 4)
        if self.chance.random() < COMMON_SHARE:
            word = self.chance.choice(COMMON_FORMS)
            where = self.chance.random()
            if where < 0.1:
                title = f"{word}: {title}"
            elif where < 0.4:
                summary += f" Dazu gehört {word} für {self.chance.choice(WHO)}."
            else:
                rationale += f" Wichtig ist {word} vor Ort."
        if rare:
            rationale += f" Ein {RARE} vermittelt zwischen Haushalten."
        is_english = self.chance.random() < 0.3
        return Recommendation(
            number=f"E{n:05}", slug=f"empfehlung-{n}", kind="demand" if self.chance.random() < 0.1 else "guidance",
            municipal_level=self.some(Level.values, 2), addressees=self.some(Addressee.values[::-1], 3),
            title_de=title[:150], summary_de=summary, rationale_de=rationale,
            title_en=self.english()[:150] if is_english else "", summary_en=self.english() if is_english else "",
            horizon=self.chance.choice(Horizon.values), effort=self.chance.choice(Effort.values),
            evidence=self.chance.choice(Evidence.values), **PUBLISHED,
        )  # fmt: skip

    def steps(self, records):
        Step.objects.bulk_create(
            [
                Step(recommendation=record, position=position, text_de=self.fill_in(self.chance.choice(TITLES)),
                     editorial=self.chance.random() < 0.3, actors=self.some(Addressee.values[::-1], 2))
                for record in records
                for position in range(self.chance.randint(1, 5))
            ],
            batch_size=BATCH,
        )  # fmt: skip

    def illustrations(self, records, example_ids):
        """From none to five examples for a recommendation; the very first has five."""
        Illustration.objects.bulk_create(
            [
                Illustration(recommendation=record, example_id=pk, position=position, note_de=self.text(1, 1))
                for place, record in enumerate(records)
                for position, pk in enumerate(self.chance.sample(example_ids, MOST_ILLUSTRATIONS - place % (MOST_ILLUSTRATIONS + 1)))
            ],
            batch_size=BATCH,
        )  # fmt: skip


def address_of_record():
    """A generated recommendation with five examples."""
    return Recommendation.objects.get(slug="empfehlung-0").get_absolute_url()
