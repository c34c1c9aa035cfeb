"""Runs every case of every pair and prints the table of docs/conformance.md."""

import sys

import misbehaviour
import peers

US = peers.ours()
PAIRS = [
    (server, client, tls)
    for them in (peers.cpp(), peers.python())
    for server, client in ((US, them), (them, US))
    for tls in (False, True)
]


def title(server, client, tls):
    return f"{client.name} → {server.name}{' TLS' if tls else ''}"


def common(server, client):
    return [case for case in client.cases if case in server.cases]


def run_pair(server, client, tls):
    """What each case had to complain about, by its name."""
    port = peers.free_port()
    with peers.serving(server.serve(port, tls), server.directory):
        return {
            case: peers.run_client(client.call(case, port, tls), client.directory)
            for case in common(server, client)
        }


def table(heads, rows):
    """In Markdown."""
    rule = ["---"] * len(heads)
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, rule, *rows])


def main():
    results = {}
    for pair in PAIRS:
        results[title(*pair)] = run_pair(*pair)
        print(title(*pair), "done", flush=True)
    negative = {case: misbehaviour.try_case(US, case) for case in misbehaviour.CASES}

    cases = peers.BASE + peers.COMPRESSION + peers.SOAK
    mark = {None: "–", "": "✔"}
    print(
        table(
            ["case (client → server)", *results],
            [[case, *(mark.get(r.get(case), "✘") for r in results.values())] for case in cases],
        )
    )
    print()
    print(
        table(
            ["our client and a server that misbehaves", ""],
            [[case, mark.get(why, "✘")] for case, why in negative.items()],
        )
    )
    outcomes = [
        (f"{name}: {case}", why) for name, r in results.items() for case, why in r.items()
    ] + list(negative.items())
    failures = [(name, why) for name, why in outcomes if why]
    for name, why in failures:
        print(f"\n✘ {name}\n{why}")
    print(f"{len(outcomes) - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
