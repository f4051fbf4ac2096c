"""The character sets that MSH-18 may name. Pure.

Bytes become text before anything is split: in GB 18030 the second byte of a character may look like a separator.
"""

from types import MappingProxyType

CODECS: MappingProxyType[str, str] = MappingProxyType(
    {
        "": "ascii",
        "ASCII": "ascii",
        "8859/1": "iso8859-1",
        "8859/15": "iso8859-15",
        "UNICODE UTF-8": "utf-8",
        "UTF-8": "utf-8",
        "UTF8": "utf-8",
        # Analysers that send this write UTF-8; UTF-16 would not survive the framing.
        "UNICODE": "utf-8",
        "GB 18030-2000": "gb18030",
        "GB 18030-2005": "gb18030",
        "GB18030": "gb18030",
        "GB18030-2000": "gb18030",
        # Both are part of GB 18030.
        "GBK": "gb18030",
        "GB2312": "gb18030",
    }
)


def codec_of(msh_18: str) -> str | None:
    """Python's name of the character set that the first repetition of MSH-18 names; None where it is none of ours."""
    return CODECS.get(msh_18.split("~", 1)[0].strip().upper())
