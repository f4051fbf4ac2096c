"""Commands about seals: seal now or from time to time, prove a row or a seal, and the keys that sign."""

import re
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from projections.seals import proof_files, proofs
from projections.seals.checkpoint import parse_seal
from projections.seals.keeper import unsealed
from projections.seals.keys import PublicKey, SealKey
from projections.seals.reading import latest_seal, seal_keys
from schemas.records import Position
from trialog.commands.options import Context, Data, Json, asked_to_stop, context, demand_data, err, out, print_json
from trialog.errors import AnswerIsNo, NotReachable, SettingsError
from trialog.seal_keys import SealKeys
from trialog.sealing import open_sealer
from trialog.stores import Stores

key = typer.Typer(help="The keys that sign the seals: docs/audit/keys.md.", no_args_is_help=True)

_POSITION = re.compile(r"(.+)\[(\d+)\]@(\d+)")


def seal(
    data: Data = None,
    keep: Annotated[bool, typer.Option("--keep", help="Stay, and seal from time to time.")] = False,
    after_lost_key: Annotated[
        bool, typer.Option("--after-lost-key", help="Go on with a key that signed no seal before.")
    ] = False,
    json: Json = False,
) -> None:
    """Seals what the ledger has now: signs the root over all rows, and keeps the seal outside as well."""
    if keep:
        from trialog.services import keep_seals

        given = context(data=data, demand=("DATABASE_URL",), log="info")
        keep_seals(given.settings, given.study, asked_to_stop())
        return
    given = _on_data(data)
    with Stores(given.settings, given.study) as stores:
        sealing = open_sealer(stores, given.settings, given.study, after_lost_key=after_lost_key).seal()
    if sealing.last is None:
        raise AnswerIsNo("the ledger is empty: there is nothing to seal")
    last = sealing.last
    signed = ", ".join(each.key_id.hex() for each in parse_seal(last.text).signatures)
    if json:
        print_json({"number": last.number, "added": len(sealing.added), "away": sealing.away, "text": last.text})
    else:
        new = "" if sealing.added else " (nothing new since)"
        out.print(f"seal {last.number}: {last.size} rows, up to commit {last.commit}, signed by {signed}{new}")
    if sealing.away:
        raise NotReachable(f"sealed, but not yet kept in {', '.join(sealing.away)}; it is sent at the next seal")


def prove(
    what: Annotated[str | None, typer.Argument(metavar="EVENT_ID|TOPIC[PARTITION]@OFFSET")] = None,
    data: Data = None,
    seal_number: Annotated[int | None, typer.Option("--seal", min=1, metavar="N", help="Not under the last.")] = None,
    from_seal: Annotated[int | None, typer.Option("--from-seal", min=1, metavar="N")] = None,
    to_seal: Annotated[int | None, typer.Option("--to-seal", min=1, metavar="N", help="Not to the last.")] = None,
    file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Not to the screen.")] = None,
) -> None:
    """Proves that one row is under a seal, or with --from-seal that a later seal extends an earlier one."""
    if (what is None) == (from_seal is None) or (what is None and seal_number) or (from_seal is None and to_seal):
        raise SettingsError("name an event or a position (and --seal), or --from-seal (and --to-seal)")
    given = _on_data(data)
    with Stores(given.settings, given.study) as stores, closing(stores.connect_as("read")()) as connection:
        if what is not None:
            match = _POSITION.fullmatch(what)
            asked = (
                proofs.position_of(connection, what)
                if match is None
                else Position(match[1], int(match[2]), int(match[3]))
            )
            row = proofs.prove_inclusion(connection, asked, seal_number)
            text = proof_files.write_inclusion(row)
            said = f"{asked} is row {row.index} of the {parse_seal(row.seal).size} under the seal"
        else:
            assert from_seal is not None
            both = proofs.prove_consistency(connection, from_seal, to_seal)
            text = proof_files.write_consistency(both)
            first, second = parse_seal(both.first), parse_seal(both.second)
            said = f"the seal over {second.size} rows extends the seal over {first.size}"
    if file is None:
        out.file.write(text)
    else:
        file.write_text(text, encoding="utf-8")
        out.print(f"{said}; proof in {file}", markup=False, soft_wrap=True)


@key.command("new")
def new_key(data: Data = None) -> None:
    """Makes the first key, or the first after a loss."""
    given = context(data=data)
    _say_made(SealKeys(given.settings, given.study).new())


@key.command("rotate")
def rotate_key(data: Data = None) -> None:
    """Makes one more key: from the next seal on both sign, until the old one is retired."""
    given = context(data=data)
    _say_made(SealKeys(given.settings, given.study).rotate())


@key.command("retire")
def retire_key(key_id: Annotated[str, typer.Argument(metavar="KEY_ID")], data: Data = None) -> None:
    """Destroys the private part of a key, once another one has signed a seal beside it."""
    given = _on_data(data)
    keys = SealKeys(given.settings, given.study)
    staying = {each.public.id for each in keys.there()} - {_id(key_id)}
    with Stores(given.settings, given.study) as stores, closing(stores.connect_as("read")()) as connection:
        last = latest_seal(connection)
    if last is not None and not any(each.key_id in staying for each in parse_seal(last.text).signatures):
        raise AnswerIsNo(
            f"no other key has signed seal {last.number} yet: wait for the next seal, which is made once there are new "
            "rows, and give the new public key to those who check; then retire the old one"
        )
    keys.retire(key_id)
    out.print(f"key {key_id} signs no more; its public part stays among those that seals are checked with")


@key.command("show")
def show_keys(data: Data = None, json: Json = False) -> None:
    """Shows the public keys: those that sign now, and those that signed before."""
    given = _on_data(data)
    signing = [each.public for each in SealKeys(given.settings, given.study).there()]
    with Stores(given.settings, given.study) as stores, closing(stores.connect_as("read")()) as connection:
        before = [each for each in seal_keys(connection) if each not in signing]
        waiting = unsealed(connection)
    if json:
        shown = [(each, True) for each in signing] + [(each, False) for each in before]
        print_json([{"key": each.text, "fingerprint": each.fingerprint, "signs": signs} for each, signs in shown])
        return
    for each in signing:
        _say_key(each, "signs now")
    for each in before:
        _say_key(each, "signed before, signs no more here")
    out.print(f"seal {waiting.last_seal} is the last, {waiting.commits} commits are not sealed yet")


def _on_data(data: Path | None) -> Context:
    given = context(data=data)
    demand_data(given.settings)
    return given


def _id(key_id: str) -> bytes:
    try:
        return bytes.fromhex(key_id)
    except ValueError:
        raise SettingsError("KEY_ID: 8 hexadecimal digits, as `trialog ledger key show` prints them") from None


def _say_made(made: SealKey) -> None:
    err.print("a key was made; put its file into a backup that is kept apart from the data, and give the public key")
    err.print("to those who check, over another way than this machine")
    _say_key(made.public, "signs from the next seal on")


def _say_key(public: PublicKey, what: str) -> None:
    out.print(f"key {public.id.hex()}: {what}\n  {public.text}\n  fingerprint {public.fingerprint}", soft_wrap=True)
