"""The meshes that tests share, and how results are told."""

import os
import signal
import sys
import types

import grpc
import pytest

from kit.mesh import Mesh
from kit.people import FIRST, PASSWORD, People, race_to_set_up

# Meshes


def _mesh():
    mesh = Mesh()
    try:
        mesh.up()
        yield mesh
    finally:
        mesh.down()


@pytest.fixture(scope="session")
def mesh():
    """A mesh that nobody breaks."""
    yield from _mesh()


@pytest.fixture(scope="session")
def rough_mesh():
    """A mesh for a new user at the command line, and for what is broken on purpose."""
    yield from _mesh()


@pytest.fixture(scope="session")
def setup_outcomes(mesh):
    """How each of two who raced to be the first operator fared."""
    return race_to_set_up(mesh.edge)


@pytest.fixture(scope="session")
def people(mesh, setup_outcomes):
    """Everybody on the mesh that nobody breaks."""
    winners = [o.response for o in setup_outcomes if o.code == grpc.StatusCode.OK]
    assert len(winners) == 1
    people = People(mesh.edge, winners[0].token)
    yield people
    people.close()


@pytest.fixture(scope="session")
def first_session(rough_mesh):
    """What setup said at the command line, and the mesh it was said on."""
    said = rough_mesh.cli(
        *("setup", "--email", FIRST["email"], "--name", FIRST["name"], "--password-stdin"),
        stdin=PASSWORD + "\n",
    )
    return types.SimpleNamespace(mesh=rough_mesh, setup=said)


@pytest.fixture(scope="session")
def rough_people(first_session):
    """Everybody on the mesh that is broken on purpose."""
    assert first_session.setup.returncode == 0, first_session.setup.stderr
    token = first_session.mesh.cli("auth", "token").stdout.strip()
    people = People(first_session.mesh.edge, token)
    yield people
    people.close()


# Results


def sentence(nodeid):
    """What a test says, from its name and its case."""
    name, _, case = nodeid.rpartition("::")[2].partition("[")
    words = name.removeprefix("test_").replace("_", " ")
    return f"{words} ({case.removesuffix(']')})" if case else words


class Told:
    """Tells each test as a sentence, what failed in full, and the count at the end."""

    def __init__(self):
        self.passed = self.failed = 0
        self.told = set()

    def tell(self, mark, report):
        notes = [f" · {text}" for _, text in report.user_properties]
        print(mark, sentence(report.nodeid) + "".join(notes), flush=True)

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed += 1
            print(f"✘ {report.nodeid} cannot be read\n{report.longreprtext}", flush=True)

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            self.passed += 1
            self.tell("✔", report)
        elif not report.passed:
            # A test that is skipped was not tried, and nothing here may be left untried.
            self.failed += 1
            self.tell("✘", report)
            self.explain(report)

    def explain(self, report):
        """Says why, once: what many tests need fails for all of them alike."""
        why = report.longreprtext
        if report.when == "setup" and why in self.told:
            why = "for the same reason as before"
        self.told.add(why)
        for text in (why, *(text for _, text in report.sections)):
            print("\n".join(f"    {line}" for line in text.splitlines()), flush=True)

    def pytest_unconfigure(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)


def pytest_configure(config):
    # Whoever ends us means the meshes too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    config.option.tbstyle = "short"
    config.pluginmanager.register(Told())
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
