"""A question is built once and asked with other values each time."""

from sqlmodel import col, select

from storage.folios import OfficeFactRow, set_fact
from storage.rows import question


def test_a_question_is_built_once_and_answers_for_the_values_of_each_time(store):
    built = []

    @question
    def values_of(keys, besides):
        built.append(1)
        return (
            select(OfficeFactRow.value)
            .where(col(OfficeFactRow.key).in_(keys), col(OfficeFactRow.value) != besides)
            .order_by(col(OfficeFactRow.key))
        )

    with store.transaction() as session:
        for key in ("a", "b", "c"):
            set_fact(session, key, key.upper())
        # What waits to be written is found too.
        assert list(values_of(session, ["a", "b"], "C")) == ["A", "B"]
        assert list(values_of(session, ["a", "b", "c"], besides="B")) == ["A", "C"]
        assert list(values_of(session, [], "")) == []

    assert built == [1]
