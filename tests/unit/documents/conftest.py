"""A warm workshop, shared by the tests of documents."""

import pytest

from documents.sandbox import Workshop


@pytest.fixture(scope="session")
def workshop():
    with Workshop(workers=2, memory_mb=768, cpu_seconds=20, wall_seconds=60) as workshop:
        yield workshop
