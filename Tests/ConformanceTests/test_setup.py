"""The first operator."""

import grpc
from kit.people import FIRST, PASSWORD


def test_of_two_who_race_to_set_up_exactly_one_wins(setup_outcomes, mesh):
    codes = sorted(outcome.code.name for outcome in setup_outcomes)
    assert codes == ["FAILED_PRECONDITION", "OK"], [str(o) for o in setup_outcomes]
    loser = next(o for o in setup_outcomes if o.code != grpc.StatusCode.OK)
    assert loser.reason == "SETUP_OVER"
    assert mesh.sql("SELECT count(*) FROM accounts.identity")[0] != ["0"]
    holders = "SELECT count(*) FROM accounts.user_roles WHERE role = 'superuser'"
    assert mesh.sql(holders) == [["1"]]


def test_the_first_operator_is_in_the_platforms_ledger_once(people, mesh):
    mesh.drain()
    entries = people.root.call(
        "audit",
        "ListEntries",
        tenant_id="platform",
        filter='type = "operator.created.v1"',
        page_size=1000,
    ).entries
    first = [e.event for e in entries if e.event.target.name == FIRST["email"]]
    assert len(first) == 1
    assert first[0].actor.name == FIRST["email"] and first[0].request_id and first[0].ip


def test_setup_is_over_for_everybody_who_comes_later(people):
    outcome = people.operator_door.attempt("identity", "Setup", **FIRST, password=PASSWORD)
    assert (outcome.code, outcome.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "SETUP_OVER")
