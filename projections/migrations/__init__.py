"""Alembic migrations of the schemas `trial` and `intake`, run by `projections.migrate`."""
