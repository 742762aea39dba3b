DATE_FORMAT = "j F Y"  # British, like the English texts: 24 November 2026
