"""Commands that prepare and feed: the database, the topics, the simulator."""

from typing import Annotated

import typer

from eventlog.errors import LogError
from trialog.commands.options import Data, Json, context, demand_data, err, out, print_json
from trialog.commands.running import address_of
from trialog.errors import AnswerIsNo, NotReachable
from trialog.stores import Stores


def migrate(data: Data = None) -> None:
    """Brings the database to the newest state: schemas, tables, roles, permissions."""
    given = context(data=data)
    with Stores(given.settings, given.study) as stores, err.status("migrating the database"):
        stores.migrate()
    out.print("the database is up to date")


def topics(
    data: Data = None,
    check: Annotated[bool, typer.Option("--check", help="Create nothing, only compare.")] = False,
    json: Json = False,
) -> None:
    """Creates the study's topics where they are missing, and checks how they are kept; exit 1 where they differ."""
    given = context(data=data)
    if check:
        demand_data(given.settings)
    with Stores(given.settings, given.study) as stores:
        try:
            created = [] if check else stores.topics().ensure(given.study.id, given.settings.partitions)
            differences = stores.topics().check(given.study.id)
        except LogError as error:
            raise NotReachable(str(error)) from error
    if json:
        print_json({"created": created, "differences": differences})
    else:
        for name in created:
            out.print(f"created {name}")
        for difference in differences:
            out.print(str(difference))
    if differences:
        raise AnswerIsNo(f"{len(differences)} differences")
    if not json:
        out.print("the topics are as they must be")


def simulate(
    http: Annotated[str, typer.Option("--http", metavar="HOST:PORT")] = "127.0.0.1:8080",
    hl7: Annotated[str, typer.Option("--hl7", metavar="HOST:PORT")] = "127.0.0.1:2575",
    seed: Annotated[int, typer.Option(help="The trial to make up.")] = 7,
    subjects: Annotated[
        int | None, typer.Option(min=1, max=2000, help="How many subjects enrol; without it, the study's target.")
    ] = None,
    shuffle: Annotated[int | None, typer.Option(metavar="SEED", help="Send in another order.")] = None,
    repeat: Annotated[float, typer.Option(min=0.0, max=1.0, help="The share of messages to send twice.")] = 0.0,
    pace: Annotated[float | None, typer.Option(min=0.1, help="Messages a second.")] = None,
    json: Json = False,
) -> None:
    """Sends a simulated trial to doors that are open already."""
    from trialog.simulation import plan_with_progress, send_with_progress

    given = context()
    plan = plan_with_progress(seed, given.study, subjects, err)
    sent = send_with_progress(
        plan,
        hl7=address_of(hl7, "--hl7"),
        http=address_of(http, "--http"),
        console=err,
        pace=pace,
        shuffle_seed=shuffle,
        repeat=repeat,
    )
    if json:
        print_json(sent)
    else:
        out.print(
            f"{sent.messages} messages in {sent.seconds:.0f} s: "
            + ", ".join(f"{n} {a}" for a, n in sent.answers.items())
        )
    if sent.unexpected:
        raise AnswerIsNo("unexpected answers: " + ", ".join(f"{n} times {what}" for what, n in sent.unexpected.items()))
