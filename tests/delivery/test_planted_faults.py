"""Each fault that is planted must turn a plain test red: the state machine was seen to miss one in 600 examples."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.delivery.plants import PLANTS

ROOT = Path(__file__).parents[2]
FOUND_BY = {
    # the fault: the tests that must see it
    "no_lease_token": {"test_a_claim_that_was_lost_is_not_settled_by_whoever_lost_it"},
    "lease_shorter_than_the_send": {
        "test_a_claim_outlasts_three_calls_and_a_letter_under_way_is_let_alone",
        "test_a_send_longer_than_the_look_after_is_not_begun_again",
    },
    "settled_before_it_is_sent": {"test_f3_killed_between_telegrams_yes_and_the_mark_costs_one_copy"},
    "gate_ignored": {"test_f6_after_a_429_nothing_starts_before_its_time_not_even_after_a_restart"},
    "cancel_unchecked": {"test_f12_what_is_called_off_is_not_claimed_though_it_was_opened"},
    "dedupe_key_dropped": {"test_f14_owing_again_after_a_crash_owes_once"},
}
pytestmark = pytest.mark.slow


def test_every_planted_fault_has_a_test_that_must_find_it():
    assert set(FOUND_BY) == set(PLANTS)


@pytest.mark.long
@pytest.mark.parametrize("fault", FOUND_BY)
async def test_a_planted_fault_is_found(fault):
    names = FOUND_BY[fault]
    words = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/delivery/test_failures.py"]
    words += ["-k", f"({' or '.join(names)}) and not postgres"]
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=ROOT,
        env={**os.environ, "KITH_TEST_PLANT": fault},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(running.communicate(), 300)
    report = said.decode()
    assert running.returncode == 1, report
    for name in names:
        assert f"FAILED tests/delivery/test_failures.py::{name}" in report, report
