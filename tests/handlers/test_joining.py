"""Joining, as newcomers do it."""

from bot.store.tables import Consent, Resident


async def test_a_newcomer_joins_in_urdu_from_the_first_word(town):
    amina = town.person("Amina", "ur")
    await amina.joins("اردو")
    assert "Millbrook" in amina.reads
    residents = await town.store(lambda session: session.query(Resident).all())
    assert [resident.language for resident in residents] == ["ur"]


async def test_consent_is_kept_for_each_purpose(town):
    janek = town.person("Janek", "pl")
    await janek.joins("Polski", yes=False)
    consents = await town.store(lambda session: session.query(Consent).all())
    assert {consent.purpose: consent.withdrawn_at is None for consent in consents} == {
        "messages": False,
        "checkins": False,
        "aid": False,
        "alerts": False,
    }
