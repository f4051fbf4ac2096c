"""The statistics' addresses. `handlers` gives them to `monitor.app`.

/statistics          the plan's analyses, at the position that they belong to
/statistics/history  one number over positions; ?before=&after= also says which entries moved it between the two
"""

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from monitor.audit.answers import Audit
from monitor.audit.routes import Html, LanguageOf, Pages
from monitor.statistics.answers import StatisticsPages


def handlers(audit: Audit, language_of: LanguageOf, html: Html, *, forms: bool) -> list[HTTPRouteHandler]:
    pages, statistics = Pages(audit, language_of, html), StatisticsPages(audit, forms)

    @get("/statistics", sync_to_thread=True)
    def analyses(request: Request) -> Response[str]:
        return pages.answer(request, statistics.analyses)

    @get("/statistics/history", sync_to_thread=True)
    def history(request: Request) -> Response[str]:
        return pages.answer(request, lambda language: statistics.history(dict(request.query_params), language))

    return [analyses, history]
