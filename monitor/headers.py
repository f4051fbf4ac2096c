"""Headers of every answer: a browser asks no other address for anything, and nobody frames a page."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

NOT_KEPT = {"Cache-Control": "no-store"}
"""For whatever shows the trial: a shared computer's cache is no place for it."""

KEPT_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For files whose address has their digest in it."""
