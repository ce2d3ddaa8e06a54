"""Lists of volunteers, purely: rows, checks, duplicates, consolidation and the record digest."""
