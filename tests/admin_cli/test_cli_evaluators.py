"""An evaluator's token is shown once, listed without itself, and can be revoked."""

import json


def test_a_token_is_made_listed_and_revoked(house):
    result = house.kith("evaluator", "token", "--place", "millbrook", "--label", "University", "--days", "30")
    assert result.exit_code == 0
    token = result.stdout.strip()
    assert token.startswith("kith_e_")
    assert "KITH_TALLIES_WEB" in result.stderr
    (one,) = json.loads(house.says("evaluator", "list", "--json"))
    assert (one["place"], one["label"], one["state"]) == ("millbrook", "University", "works")
    assert token not in house.says("evaluator", "list")
    house.says("evaluator", "revoke", one["id"])
    assert "revoked" in house.says("evaluator", "list")
    assert "no token 1 that works" in house.refuses("evaluator", "revoke", one["id"])


def test_a_token_needs_a_place_a_label_and_an_end(house):
    assert "No token yet" in house.says("evaluator", "list")
    assert "there is no place" in house.refuses("evaluator", "token", "--place", "nowhere", "--label", "X")
    assert "say for whom" in house.refuses("evaluator", "token", "--place", "millbrook", "--label", " ")
    assert "366" in house.refuses("evaluator", "token", "--place", "millbrook", "--label", "X", "--days", "367")
