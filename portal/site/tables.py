"""Everything that can be exported, by name."""

from municipalities.exports import MUNICIPALITIES
from portal.glossary import GLOSSARY
from recommendations.exports import (
    CHALLENGES,
    LINK_TABLES,
    PRACTICE_EXAMPLES,
    RECOMMENDATIONS,
    SOURCES_TABLE,
    TARGET_GROUPS,
)

TABLES = {
    table.name: table
    for table in (
        RECOMMENDATIONS, PRACTICE_EXAMPLES, CHALLENGES, MUNICIPALITIES, SOURCES_TABLE, TARGET_GROUPS, GLOSSARY
    )
}  # fmt: skip
# With the tables that hold only what links them.
ALL_TABLES = TABLES | {table.name: table for table in LINK_TABLES}
