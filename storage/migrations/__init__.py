"""Migrations of the books (Alembic)."""
