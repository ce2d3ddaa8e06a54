"""The summary of the running periods (M-47): counts alone, with the head of the journal's chain."""

import pytest

from actions.send_summary import plan_summary
from tests.people import CACYPCS, CFI, JSPM_CHIAPAS, JSPM_PUEBLA, PAC012, VOLUNTEERS


def summaries(person):
    """The summaries that somebody got since the scene began."""
    began = person.scene.began_at
    return [
        letter
        for letter in person.received
        if letter.template == "M-47" and person.scene.row_of(letter).created_at > began
    ]


@pytest.fixture(autouse=True)
def begins(request):
    """Remember when the scene of a test began."""
    scene = request.getfixturevalue("asked" if "asked" in request.fixturenames else "announced")
    scene.began_at = scene.clock.now()


async def test_it_goes_once_a_week_while_lists_are_gathered(asked):
    await asked.leap_to("2027-01-17", "18:00")

    # 4 January was over when the period was opened; the 11th is the Monday that follows.
    [letter] = summaries(asked[CACYPCS])
    assert "Resumen del 11-ene-2027: nacional" in letter.subject
    assert "0 de 10" in letter.text
    assert summaries(asked[PAC012]) == []


async def test_it_goes_every_working_day_of_a_delivery_with_its_figures(announced):
    await announced.leap_to("2027-02-25", "18:00")

    letters = summaries(announced[CACYPCS])
    assert [letter.subject.split("Resumen del ")[1][:11] for letter in letters] == [
        "23-feb-2027",
        "24-feb-2027",
        "25-feb-2027",
    ]
    assert "Circular de entrega: enviada" in letters[-1].text
    assert f"de {len(VOLUNTEERS)}" in letters[-1].text
    assert summaries(announced[CFI])


async def test_a_jspm_reads_of_the_own_ooad_alone_and_nobody_of_people(announced):
    await announced.leap_to("2027-02-23", "18:00")

    [letter] = summaries(announced[JSPM_CHIAPAS])
    assert "OOAD Chiapas" in letter.subject
    assert "Ocosingo" in letter.text
    assert "Puebla" not in letter.words
    assert "Huauchinango" in summaries(announced[JSPM_PUEBLA])[0].text
    everything = letter.words + summaries(announced[CACYPCS])[0].words
    assert not [who for who in VOLUNTEERS if who.name in everything]
    assert "$" not in everything


async def test_it_bears_the_head_of_the_chain_and_several_keep_it(announced):
    await announced.leap_to("2027-02-23", "07:59")
    await announced.service.ticker.tick()

    await announced.leap_to("2027-02-23", "08:00")

    texts = [summaries(announced[who])[0].text for who in (CACYPCS, CFI, JSPM_CHIAPAS)]
    heads = {line for text in texts for line in text.split() if line.count(".") == 2 and len(line) > 60}
    assert len(heads) == 1


async def test_a_stop_of_the_service_makes_one_summary_and_none_at_night(announced):
    announced.clock.leap_to(announced.clock.now().replace(day=27, hour=4))
    await announced.service.ticker.tick()
    await announced.settle()
    at_night = summaries(announced[CACYPCS])

    await announced.leap_to("2027-03-01", "08:00")

    assert at_night == []
    assert len(summaries(announced[CACYPCS])) == 1


async def test_planned_again_it_is_the_same_one(announced):
    for _ in range(3):
        await announced.service.writer.run(plan_summary)
    await announced.leap_to("2027-02-23", "18:00")

    assert len(summaries(announced[CACYPCS])) == 1
