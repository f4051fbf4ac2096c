"""`python -m tests.schemas.freeze`: freezes what is new, and changes nothing that is frozen.

New are golden records without a line in the manifest, and published schemas that are not as their last frozen form. A
schema that takes less than an earlier form of it did is refused, and nothing is written.
"""

import json
import sys
from pathlib import Path

from schemas.contracts.compatibility import bare, incompatibilities
from schemas.contracts.files import SCHEMA_FOLDER
from tests.schemas.frozen import HERE, baselines, list_new, standing

PUBLISHED = HERE.parents[1] / "docs" / SCHEMA_FOLDER


def freeze(folder: Path = HERE, published: Path = PUBLISHED) -> list[str]:
    """The names of what was frozen. Raises SystemExit with all that forbids it, and then has written nothing."""
    now = standing(folder)
    wrong = [sentence for sentence in now.sentences() if "is not frozen yet" not in sentence]
    new = {}
    for path in sorted(published.glob("*.json")):
        type_, schema = path.stem, json.loads(path.read_bytes())
        earlier = baselines(type_, folder)
        wrong += [f"{type_}: {each}" for form in earlier for each in incompatibilities(form, schema)]
        if not earlier or earlier[-1] != bare(schema):
            new[f"{type_}.{len(earlier) + 1}.json"] = bare(schema)
    if wrong:
        sys.exit("\n".join(wrong))
    (folder / "baseline").mkdir(exist_ok=True)
    for name, form in new.items():
        (folder / "baseline" / name).write_text(json.dumps(form, indent=1, ensure_ascii=False) + "\n")
    return list_new(folder)


if __name__ == "__main__":
    sys.stdout.writelines(f"frozen: {name}\n" for name in freeze())
