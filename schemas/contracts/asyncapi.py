"""The AsyncAPI 3.0 document: which events travel on which topics, how these are kept, and who sends and receives.

Trialog is the application: its doors send, its workers receive. A door writes the newest versions only; a worker reads
every version that was ever written.
"""

from types import MappingProxyType
from typing import Any

from schemas.admission import NOBODY
from schemas.contracts.described import PUBLISHED
from schemas.contracts.texts import Dictionary
from schemas.envelope import MEDIA_TYPE
from schemas.topics import KEPT_FOR_EVER, PARTITIONS_DEFAULT, Topic, topic_name
from schemas.upcasts import OLD_VERSIONS

ASYNCAPI = "3.0.0"
BINDING = "0.5.0"
SCHEMAS = "schemas"
"""Where the schemas lie, seen from the document."""

_SCHEMA_FORMAT = "application/schema+json;version=2020-12"
_STUDY = "{study}"
_INTRODUCTION = (
    "The events of one clinical trial. Every study has four topics of its own; a subject's events travel under the "
    "subject's id as key and so keep their order within a topic. A record is a CloudEvents 1.0 document in structured "
    "JSON, without the identity of any patient. Records are kept for ever and never compacted."
)
_KEY = (
    "The subject's id, as in the attribute `subject`; "
    f"{NOBODY.decode()!r} for an event on the topic oversight that is about no subject."
)
# Numbers where the specification's binding wants numbers, a list where it wants a list.
_CONFIGURATION = MappingProxyType(
    {
        name: [value] if name == "cleanup.policy" else int(value) if value.lstrip("-").isdigit() else value
        for name, value in KEPT_FOR_EVER.items()
    }
)


def document(texts: Dictionary, version: str) -> dict[str, Any]:
    """The whole document. ``version`` is that of the software that writes it."""
    return {
        "asyncapi": ASYNCAPI,
        "id": "urn:trialog:events",
        "info": {
            "title": "Trialog events",
            "version": version,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": MEDIA_TYPE,
        "servers": {"kafka": _server()},
        "channels": {topic.value: _channel(topic, texts) for topic in Topic},
        "operations": {
            f"{verb}-{topic.value}": _operation(topic, action, texts)
            for topic in Topic
            for verb, action in (("publish", "send"), ("apply", "receive"))
        },
        "components": {"messages": {type_: _message(type_, texts) for type_ in PUBLISHED}},
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{broker}",
        "protocol": "kafka",
        "description": "Apache Kafka, the log of a distributed deployment (TRIALOG_KAFKA).",
        "variables": {"broker": {"description": "Host and port of a broker.", "default": "localhost:9092"}},
    }


def _channel(topic: Topic, texts: Dictionary) -> dict[str, Any]:
    return {
        "address": topic_name(_STUDY, topic),
        "title": topic.value,
        "description": texts.topics[topic.value] + ".",
        "servers": [{"$ref": "#/servers/kafka"}],
        "parameters": {"study": {"description": "The study's id in small letters.", "examples": ["nct00000000"]}},
        "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in _types(topic)},
        "bindings": {
            "kafka": {
                "partitions": PARTITIONS_DEFAULT,
                "topicConfiguration": dict(_CONFIGURATION),
                "bindingVersion": BINDING,
            }
        },
    }


def _operation(topic: Topic, action: str, texts: Dictionary) -> dict[str, Any]:
    sending = action == "send"
    types = [type_ for type_ in _types(topic) if not (sending and type_ in OLD_VERSIONS)]
    who = "The doors publish what they were told" if sending else "The workers apply to the projections what is written"
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.value}"},
        "summary": f"{who} on the topic {topic.value}.",
        "description": texts.topics[topic.value] + ".",
        "messages": [{"$ref": f"#/channels/{topic.value}/messages/{type_}"} for type_ in types],
    }


def _message(type_: str, texts: Dictionary) -> dict[str, Any]:
    told = texts.types[type_]
    old = f" {texts.words.old_version}" if type_ in OLD_VERSIONS else ""
    return {
        "name": type_,
        "title": told.name,
        "summary": told.meaning,
        "description": f"Happened: {told.happened}{old}",
        "contentType": MEDIA_TYPE,
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": {"$ref": f"{SCHEMAS}/{type_}.json"}},
        "bindings": {"kafka": {"key": {"type": "string", "description": _KEY}, "bindingVersion": BINDING}},
    }


def _types(topic: Topic) -> list[str]:
    return [type_ for type_, struct in PUBLISHED.items() if topic in struct.TOPICS]
