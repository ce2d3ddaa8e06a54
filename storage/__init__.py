"""The books: tables, sessions, originals, and the journal that only grows."""

# Constraint names are set before any table is declared.
from storage import rows as rows
