"""Cases of the rules on responses and relapses."""

from collections.abc import Iterator

from schemas.events import ResponseAssessed
from schemas.events.followup import Category
from schemas.milestones import mark_of
from schemas.rules.comparison import Accord, Compared
from schemas.rules.derived import DerivedResponse
from schemas.settlement import Settled
from tests.checks.cases import passes, put_right, raises
from tests.checks.drawn import chemo, corrects, marrow, relapsed, response, voids

NR, NE, PR = Category.NR, Category.NE, Category.PR
CHEMO = chemo("2024-01-10")


def compare(settled: Settled) -> Iterator[Compared]:
    """Stands for the engine of the rule sets: it derives NR of every response, from the entry ``marrow``."""
    marrow_mark = next((mark_of(entry) for entry in settled.in_force() if entry.id == "marrow"), None)
    assert marrow_mark is not None
    for entry in settled.in_force():
        if isinstance(entry.facts, ResponseAssessed):
            yield Compared(
                mark=mark_of(entry),
                category=entry.facts.category,
                rule_set="ELN2022",
                derived=DerivedResponse(
                    mark=marrow_mark, marrow="marrow", category=NR, rule_set="ELN2022", rule_set_version="1", log=()
                ),
                accord=Accord.AGREE if entry.facts.category is NR else Accord.DIFFER,
            )


CASES = [
    raises(
        "response-without-marrow",
        "a CR that names no marrow, and none on its day",
        response("2024-02-10"),
        marrow("2024-02-09"),
        finds="response: marrow 2024-02-10",
    ),
    raises("response-without-marrow", "an NR", response("2024-02-10", NR), finds="response: marrow 2024-02-10"),
    passes("response-without-marrow", "a marrow on its day", response("2024-02-10"), marrow("2024-02-10")),
    passes(
        "response-without-marrow",
        "a marrow that it names",
        response("2024-02-10", marrow="marrow"),
        marrow("2024-02-09"),
    ),
    passes("response-without-marrow", "an NE needs none", response("2024-02-10", NE)),
    passes("response-without-marrow", "a relapse may be in blood", response("2024-02-10", Category.RELAPSE)),
    put_right(
        "response-without-marrow",
        "the marrow's date is corrected",
        response("2024-02-10"),
        marrow("2024-02-01"),
        by=corrects(marrow("2024-02-01"), happened="2024-02-10"),
    ),
    raises(
        "response-names-no-marrow",
        "an id that nobody knows",
        response("2024-02-10", marrow="elsewhere"),
        finds="response: marrow 2024-02-10 elsewhere",
    ),
    raises(
        "response-names-no-marrow",
        "a marrow that was voided",
        response("2024-02-10", marrow="marrow"),
        marrow("2024-02-10"),
        voids(marrow("2024-02-10")),
        finds="marrow response: marrow 2024-02-10",
    ),
    raises(
        "response-names-no-marrow",
        "an entry that is no marrow",
        response("2024-02-10", marrow="chemo-1"),
        CHEMO,
        finds="chemo-1 response: marrow 2024-02-10",
    ),
    passes(
        "response-names-no-marrow", "a marrow in force", response("2024-02-10", marrow="marrow"), marrow("2024-02-10")
    ),
    passes("response-names-no-marrow", "none named is another rule's", response("2024-02-10")),
    put_right(
        "response-names-no-marrow",
        "the response names another marrow",
        response("2024-02-10", marrow="elsewhere"),
        marrow("2024-02-10"),
        by=corrects(response("2024-02-10", marrow="elsewhere"), marrow="marrow"),
    ),
    raises(
        "response-before-chemotherapy",
        "the day before the first course",
        response("2024-01-09"),
        CHEMO,
        finds="chemo-1 response: happened 2024-01-10",
    ),
    raises(
        "response-before-chemotherapy",
        "no chemotherapy at all",
        response("2024-01-09", NR),
        finds="response: happened 2024-01-09",
    ),
    passes("response-before-chemotherapy", "on the first day of chemotherapy", response("2024-01-10"), CHEMO),
    passes("response-before-chemotherapy", "an NE is no response", response("2024-01-09", NE), CHEMO),
    put_right(
        "response-before-chemotherapy",
        "the response's date is corrected",
        response("2023-02-10"),
        CHEMO,
        by=corrects(response("2023-02-10"), happened="2024-02-10"),
    ),
    raises(
        "relapse-without-remission",
        "a relapse after PR and MLFS",
        response("2024-02-10", PR, "pr"),
        response("2024-03-10", Category.MLFS, "mlfs"),
        relapsed("2024-06-10"),
        finds="relapse: happened 2024-06-10",
    ),
    raises(
        "relapse-without-remission",
        "a category of relapse the day before the first CR",
        response("2024-02-09", Category.RELAPSE, "relapse"),
        response("2024-02-10"),
        finds="relapse: happened 2024-02-09",
    ),
    passes("relapse-without-remission", "a relapse after a CR", response("2024-02-10"), relapsed("2024-06-10")),
    passes(
        "relapse-without-remission",
        "a category of relapse after a CRh",
        response("2024-02-10", Category.CRH),
        response("2024-06-10", Category.RELAPSE, "relapse"),
    ),
    passes(
        "relapse-without-remission",
        "a relapse after a CRi",
        response("2024-02-10", Category.CRI),
        relapsed("2024-06-10"),
    ),
    put_right(
        "relapse-without-remission",
        "the earlier category is corrected",
        response("2024-02-10", PR),
        relapsed("2024-06-10"),
        by=corrects(response("2024-02-10", PR), category=Category.CR),
    ),
    raises(
        "response-differs",
        "a CR of which an NR is derived",
        response("2024-02-10"),
        marrow("2024-02-10"),
        finds="marrow response: category 2024-02-10 response",
        compare=compare,
    ),
    passes(
        "response-differs",
        "an NR of which an NR is derived",
        response("2024-02-10", NR),
        marrow("2024-02-10"),
        compare=compare,
    ),
    passes("response-differs", "nothing derives a category here", response("2024-02-10"), marrow("2024-02-10")),
    put_right(
        "response-differs",
        "the investigator's category is corrected",
        response("2024-02-10"),
        marrow("2024-02-10"),
        by=corrects(response("2024-02-10"), category=NR),
        compare=compare,
    ),
]
