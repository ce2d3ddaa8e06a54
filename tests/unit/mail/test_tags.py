"""The subject's tag comes back out of whatever mail programs put before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.tags import SubjectTag, find_tag, strip_tag

TAG = SubjectTag(procedure="0780", period="2027-B1", activity="A08", scope="OOAD07-R03-PAC012")


@pytest.mark.parametrize(
    "subject",
    [
        "[0780][2027-B1][A08][OOAD07-R03-PAC012]",
        "[0780][2027-B1][A08][OOAD07-R03-PAC012] Listado",
        "Re: [0780][2027-B1][A08][OOAD07-R03-PAC012] Listado",
        "RV: RE: Fwd: FW:[0780][2027-B1][A08][OOAD07-R03-PAC012] Listado",
        "re[2]: [0780] [2027-b1] [a08] [ooad07-r03-pac012] listado",
        "  [0780][2027-B1][A08][OOAD07-R03-PAC012] Listado",
    ],
)
def test_the_tag_is_found_behind_any_prefix_and_case(subject):
    assert find_tag(subject) == TAG


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Listado [0780][2027-B1][A08][OOAD07-R03-PAC012]",
        "[0780][2027-B7][A08][OOAD07]",
        "[0999][2027-B1][A08][OOAD07]",
        "[0780][2027-B1][C08][OOAD07]",
        "[0780][2027-B1][A08][]",
    ],
)
def test_what_is_no_tag_at_the_head_is_none(subject):
    assert find_tag(subject) is None


@pytest.mark.parametrize("word", ["ACUSE", "OBS", "REC", "BORRADOR", "A01", "B11"])
def test_words_of_the_desk_stand_where_an_activity_does(word):
    tag = find_tag(f"[0720][2027-03][{word}][NACIONAL] x")

    assert tag is not None
    assert tag.activity == word
    assert tag.period == "2027-03"


def test_the_subject_is_left_without_prefixes_and_tag():
    assert strip_tag(f"RE: {TAG} Listado validado") == "Listado validado"
    assert strip_tag("RE: rv: Listado") == "Listado"


@given(
    st.sampled_from(["0780", "0720"]),
    st.integers(2020, 2099),
    st.sampled_from(["B1", "B6", "01", "12"]),
    st.sampled_from(["A01", "B09", "ACUSE"]),
    st.from_regex(r"[A-Z0-9\-]{1,30}", fullmatch=True),
    st.sampled_from(["", "Re: ", "RV: FW: "]),
)
def test_every_tag_that_can_be_made_is_read_back(procedure, year, part, activity, scope, prefix):
    tag = SubjectTag(procedure=procedure, period=f"{year}-{part}", activity=activity, scope=scope)

    assert find_tag(f"{prefix}{tag} lo que sea") == tag


def test_a_tag_that_could_not_be_read_back_cannot_be_made():
    with pytest.raises(ValueError, match="subject tag"):
        SubjectTag(procedure="0780", period="2027", activity="A08", scope="X")
