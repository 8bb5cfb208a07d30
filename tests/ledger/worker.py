"""A process of its own that works on a ledger: `worker.py COMMAND URL ...`.

It says `ready` when its ledger is open and starts on the first line of its input, so that two workers start
together; then it prints what it saw.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from passerelle.ledger import AlreadyExported, Content, Heard, LeaseHeld, Ledger
from passerelle.records import OrderMessage


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def take(ledger: Ledger, name: str) -> None:
    """Take a lease and hold it until the input ends."""
    try:
        lease = ledger.leases.take(name, ttl=60)
    except LeaseHeld as held:
        say(f"held by {held.holder.pid}")
        return
    say("taken")
    sys.stdin.read()
    lease.release()


def run(ledger: Ledger, feed: str) -> None:
    """Start a run and never end it."""
    say(ledger.runs.start(feed, mode="full").id)
    sys.stdin.read()


def store(ledger: Ledger, feed: str, prefix: str, batches: str) -> None:
    """Store batches of a hundred records, each in its own transaction."""
    for batch in range(int(batches)):
        rows = [(f"{prefix}{batch:04d}-{number:03d}", b"raw", b"strong") for number in range(100)]
        ledger.fingerprints.store(feed, rows)
        say(f"{batch}")
    say("done")


def export(ledger: Ledger, feed: str) -> None:
    """Export all pending orders, each in a file of its own; say which."""
    for order, _ in ledger.orders.in_state("export", "pending"):

        def build(sequence: int, number: str = order.number) -> Content:
            return Content(f"CMDWEB_{sequence:05d}.xml", number.encode())

        try:
            ledger.outbox.prepare(feed, [order.number], build)
        except AlreadyExported:
            continue
        say(order.number)
    say("done")


def claim(ledger: Ledger, *numbers: str) -> None:
    """Claim a step of every order; say which were ours."""
    for number in numbers:
        if ledger.orders.claim(number, "sync_info") is not None:
            say(number)
    say("done")


def send(ledger: Ledger) -> None:
    """Claim every request that is open; say which were ours."""
    for request in ledger.requests.pending():
        if ledger.requests.claim(request.id) is not None:
            say(request.number)
    say("done")


def note(ledger: Ledger, who: str, times: str, *numbers: str) -> None:
    """Say something new about all orders, so many times, each time in a transaction of its own."""
    for time in range(int(times)):
        ledger.order_book.note(
            [
                Heard(OrderMessage(order_number=number, kind="invoiced", ref=f"{who}-{time}"), "erp", "f.xml")
                for number in numbers
            ]
        )
    say("done")


def modules(_: Ledger) -> None:
    """Say whether opening the ledger imported Alembic."""
    say(str("alembic" in sys.modules))


COMMANDS: dict[str, Callable[..., None]] = {
    "take": take,
    "run": run,
    "store": store,
    "export": export,
    "claim": claim,
    "note": note,
    "send": send,
    "modules": modules,
}


def main(command: str, url: str, *arguments: str) -> None:
    """Open the ledger and do one command."""
    if command == "open":
        say("ready")
        sys.stdin.readline()
        with Ledger.open(url) as ledger:
            say(str(ledger.fingerprints.count("stock")))
        return
    with Ledger.open(url) as ledger:
        say("ready")
        sys.stdin.readline()
        COMMANDS[command](ledger, *arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
