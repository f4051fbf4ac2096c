"""Kafka's security options, as kafka-python takes them, turned into what Faust takes."""

import ssl
from collections.abc import Mapping
from typing import Any

from faust import SASLCredentials, SSLCredentials


def credentials_of(security: Mapping[str, Any]) -> SASLCredentials | SSLCredentials | None:
    """None for a plain connection. Raises ValueError for an option that Faust's driver cannot honour.

    >>> credentials_of({}) is None
    True
    """
    options = dict(security)
    protocol = options.pop("security_protocol", "PLAINTEXT")
    context = _context(options) if protocol in ("SSL", "SASL_SSL") else None
    if protocol in ("SASL_PLAINTEXT", "SASL_SSL"):
        credentials: SASLCredentials | SSLCredentials | None = SASLCredentials(
            mechanism=options.pop("sasl_mechanism"),
            username=options.pop("sasl_plain_username"),
            password=options.pop("sasl_plain_password"),
            ssl_context=context,
        )
    else:
        credentials = SSLCredentials(context) if context is not None else None
    if options or protocol not in ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"):
        raise ValueError(f"the worker does not know these Kafka options: {', '.join(sorted(options)) or protocol}")
    return credentials


def _context(options: dict[str, Any]) -> ssl.SSLContext:
    """Takes its own options out of ``options``. The broker's name is always checked."""
    context = ssl.create_default_context(cafile=options.pop("ssl_cafile", None))
    certificate = options.pop("ssl_certfile", None)
    if certificate is not None:
        context.load_cert_chain(certificate, options.pop("ssl_keyfile", None), options.pop("ssl_password", None))
    return context
