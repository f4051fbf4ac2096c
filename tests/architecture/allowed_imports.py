"""A contract for import-linter: some packages import what is listed and nothing else, whatever else is installed."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedImports(Contract):
    """Each of ``source_packages`` imports its own modules, and of others those of the names in ``allowed_modules``.

    A list of what is forbidden lets through what nobody thought of; this one does not.
    """

    type_name = "allowed"

    source_packages = fields.SetField(subfield=fields.StringField())
    allowed_modules = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        refused = sorted(
            f"{importer} -> {imported}"
            for importer in graph.modules
            if _top(importer) in self.source_packages  # type: ignore[operator]
            for imported in graph.find_modules_directly_imported_by(importer)
            if _top(imported) != _top(importer) and _top(imported) not in self.allowed_modules  # type: ignore[operator]
        )
        output.verbose_print(verbose, f"{len(refused)} imports are not allowed")
        return ContractCheck(kept=not refused, metadata={"refused": refused})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for each in check.metadata["refused"]:
            output.print_error(f"{each} is not among the allowed imports", bold=False)


def _top(module: str) -> str:
    return module.partition(".")[0]
