"""What can go wrong with the log.

LogError
├── LogUnavailable    the log did not take or give the records in time; nothing is known to be lost; try again later
├── TopicsMissing     a topic is not there: run `trialog topics`
├── TopicsDiffer      a topic is kept otherwise than the design demands
├── RecordTooLarge    this record never fits, however often it is sent; nothing of its batch was sent
├── RecordsMissing    offsets that must follow each other do not: the log has lost records; stop
└── ChecksumsInPython kafka-python lacks its C extension for checksums, and would be ten times slower
"""


class LogError(Exception):
    """Base of all that the log raises."""


class LogUnavailable(LogError):
    """The log is away, or did not confirm in time. What was sent may or may not be in it: send again, same ids."""


class TopicsMissing(LogError):
    """A topic of the study is not in the log. Create them with `trialog topics`."""


class TopicsDiffer(LogError):
    """A topic is there, but its settings or partitions are not what the design demands."""


class RecordTooLarge(LogError):
    """A record is larger than the log takes. Sending it again does not help; nothing of its batch was sent."""


class RecordsMissing(LogError):
    """The log has a hole, or has thrown away its oldest records. It is no longer a whole source document: stop."""


class ChecksumsInPython(LogError):
    """kafka-python computes checksums in Python. Install it with its extra: `pip install "kafka-python[crc32c]"`."""
