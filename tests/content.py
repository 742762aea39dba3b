"""A small, complete set of YAML files: one record of each table, or two where they name each other."""

FILES = {
    "municipalities.yaml": """\
- key: '05962004'
  ars: '059620004004'
  official_name: Altena, Stadt
  name: Altena
  kind: town
  register_kind: Stadt
  state: '05'
  district: Märkischer Kreis
  population: 16543
  population_on: '2024-12-31'
  area_km2: 44.42
""",
    "target_groups.yaml": """\
- slug: frauen
  label_de: Frauen
  label_en: Women
  role: beneficiary
""",
    "sources.yaml": """\
- key: studie-2020
  title: Eine Studie
  authors: ["Beispiel, Ada", "Muster, Bo"]
  year: 2020
  kind: primary
""",
    "challenges.yaml": """\
- slug: wohnraum
  title_de: Wohnraum
  title_en: Housing
  summary_de: Wohnungen fehlen.
  sources: [studie-2020]
""",
    "practice_examples.yaml": """\
- number: P001
  slug: lotsen
  municipality_key: '05962004'
  title_de: Lotsen
  summary_de: Lotsen begleiten.
  challenges: [wohnraum]
  actors: [Stadt, Verein]
  year_start: 2015
  year_end: 2018
  sources:
    - source: studie-2020
      page: '12'
""",
    "recommendations.yaml": """\
- number: E001
  slug: bauen
  title_de: Bauen
  summary_de: Mehr bauen.
  steps:
    - text_de: Flächen finden
      actors: [kommune]
    - text_de: Bauen
      editorial: true
  challenges: [wohnraum]
  addressees: [kommune, land]
  target_groups: [frauen]
  horizon: long
  sources: [studie-2020]
""",
    "illustrations.yaml": """\
- recommendation: bauen
  example: lotsen
  note_de: Zeigt es.
""",
    "self_check.yaml": """\
- key: wohnraum-partner
  challenge: wohnraum
  position: 1
  question_de: Gibt es Absprachen?
  help_de: Auch mündliche zählen.
  recommendations: [bauen]
""",
    "pages.yaml": """\
- slug: about
  title_de: Über uns
  body_de: Text
""",
    "glossary.yaml": """\
- slug: asyl
  term_de: Asyl
  definition_de: Schutz.
  see_also: [duldung]
- slug: duldung
  term_de: Duldung
  definition_de: Aussetzung.
  see_also: [asyl]
""",
    "synonyms.yaml": """\
- terms: [Unterkunft, Wohnung]
  kind: equivalent
""",
}


def write(directory):
    for name, text in FILES.items():
        (directory / name).write_text(text)
    return directory
