"""An object store as a place for seals: S3 and what speaks like it, Google's, Azure's. Needs the extra `object-store`.

Seals are created, never overwritten (If-None-Match), by a store that knows that condition. A bucket with object lock
keeps them even from whoever holds this process's credentials, which the store's library takes from the environment
(AWS_ACCESS_KEY_ID, AWS_ENDPOINT and so on).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from projections.seals.errors import OutsideAway, SealError
from projections.seals.outside import PUBLIC_KEYS, demand_same, file_name, number_in

CONNECT_SECONDS_MAX = 10
RETRY_SECONDS_MAX = 20


class ObjectPlace:
    """``url`` names the store, the bucket and a prefix: ``s3://bucket/trialog/seals``."""

    def __init__(self, url: str) -> None:
        """Does not reach for the store yet. Raises OutsideAway where the library is missing or the URL is wrong."""
        try:
            import obstore
            from obstore import exceptions, store
        except ImportError as error:
            raise OutsideAway('an object store needs the extra: pip install "trialog[object-store]"') from error
        self._url = url
        self._library: Any = obstore
        self._failed = exceptions.BaseError
        self._already = exceptions.AlreadyExistsError
        try:
            self._store: Any = store.from_url(url, **_options(url))
        except (exceptions.BaseError, ValueError) as error:
            raise OutsideAway(f"{url} names no object store; write s3://BUCKET/PREFIX") from error

    @property
    def name(self) -> str:
        return self._url

    def numbers(self, after: int = 0) -> Sequence[int]:
        try:
            pages = self._library.list(self._store, offset=file_name(after))
            found = [number_in(str(each["path"])) for page in pages for each in page]
        except self._failed as error:
            raise self._away(error) from error
        return sorted(number for number in found if number is not None and number > after)

    def read(self, number: int) -> str:
        try:
            return bytes(self._library.get(self._store, file_name(number)).bytes()).decode()
        except (self._failed, UnicodeDecodeError) as error:
            raise self._away(error) from error

    def put(self, number: int, text: str) -> None:
        try:
            self._library.put(self._store, file_name(number), text.encode(), mode="create")
        except self._already:
            demand_same(self.name, number, self.read(number), text)
        except self._failed as error:
            raise self._away(error) from error

    def keep_keys(self, text: str) -> None:
        try:
            self._library.put(self._store, PUBLIC_KEYS, text.encode(), mode="overwrite")
        except self._failed as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> SealError:
        return OutsideAway(f"the object store {self._url} did not answer as it should ({type(error).__name__})")


def _options(url: str) -> dict[str, Any]:
    """Bounded waits; a folder on disk (``file://``) knows no network.

    Plain HTTP is spoken where the endpoint in the environment says so: a store inside of a hospital may have no
    certificate, seals hold no secret, and their signatures show whether one was changed on the way.
    """
    if url.startswith(("file:", "memory:")):
        return {"mkdir": True} if url.startswith("file:") else {}
    return {
        "client_options": {
            "connect_timeout": f"{CONNECT_SECONDS_MAX}s",
            "timeout": f"{RETRY_SECONDS_MAX}s",
            "allow_http": True,
        },
        "retry_config": {"max_retries": 3, "retry_timeout": dt.timedelta(seconds=RETRY_SECONDS_MAX)},
    }
