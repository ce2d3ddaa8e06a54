"""Migrations of the books (Alembic)."""

HEAD = "0014"
"""The newest revision. A start that finds it in the books need not import Alembic; a test holds it true."""
