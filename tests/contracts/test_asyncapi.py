"""The AsyncAPI document: valid under the specification's own schema, whole in itself, and true to the topics."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from schemas.contracts.described import PUBLISHED
from schemas.events import FACTS_BY_TYPE
from tests.contracts.documents import CONTRACTS

Document = dict[str, Any]

WHOLE: Document = json.loads((CONTRACTS / "asyncapi.json").read_bytes())
TOPICS = ["enrollment", "lab", "followup", "oversight"]


def errors(document: Document, specification: Document) -> list[str]:
    return [
        f"{error.json_path}: {error.message}"[:200] for error in Draft7Validator(specification).iter_errors(document)
    ]


def test_the_document_is_valid_under_the_specification_s_own_schema(asyncapi: Document) -> None:
    Draft7Validator.check_schema(asyncapi)
    assert asyncapi["$id"].endswith("/3.0.0/asyncapi.json")
    assert errors(WHOLE, asyncapi) == []


BREAKS = [
    ("another version", ("asyncapi",), "2.6.0"),
    ("no information about it", ("info",), ...),
    ("an action of AsyncAPI 2", ("operations", "publish-lab", "action"), "publish"),
    ("an operation without a channel", ("operations", "publish-lab", "channel"), ...),
    ("a binding that there is none of", ("channels", "lab", "bindings", "kafka", "partition"), 4),
    ("no partition", ("channels", "lab", "bindings", "kafka", "partitions"), 0),
    ("a policy that there is none of", ("channels", "lab", "bindings", "kafka", "topicConfiguration", "cleanup.policy"),
     ["keep"]),
    ("a server without a protocol", ("servers", "kafka", "protocol"), ...),
    ("a message that is a text", ("components", "messages", "visit.done.v1"), "visit done"),
    ("an attribute that there is none of", ("components", "messages", "visit.done.v1", "topic"), "followup"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), [case[1:] for case in BREAKS], ids=[case[0] for case in BREAKS])
def test_the_specification_would_notice(path: tuple[str, ...], value: Any, asyncapi: Document) -> None:
    broken = copy.deepcopy(WHOLE)
    inside = broken
    for name in path[:-1]:
        inside = inside[name]
    if value is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    assert errors(broken, asyncapi) != []


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(WHOLE))
    assert len(found) > 100
    for reference in found:
        if reference.startswith("#/"):
            inside: Any = WHOLE
            for name in reference.removeprefix("#/").split("/"):
                inside = inside[name]
        else:
            assert (CONTRACTS / reference).exists()


def test_the_channels_are_the_four_topics_kept_for_ever_and_never_compacted() -> None:
    assert list(WHOLE["channels"]) == TOPICS
    for topic, channel in WHOLE["channels"].items():
        assert channel["address"] == f"{{study}}.{topic}"
        assert list(channel["parameters"]) == re.findall(r"\{(\w+)\}", channel["address"])
        kafka = channel["bindings"]["kafka"]
        assert kafka["partitions"] == 4
        assert kafka["topicConfiguration"] == {
            "cleanup.policy": ["delete"],
            "retention.ms": -1,
            "retention.bytes": -1,
            "unclean.leader.election.enable": "false",
            "message.timestamp.type": "CreateTime",
            "max.message.bytes": 1048576,
        }


def test_every_type_has_a_message_whose_payload_is_its_schema() -> None:
    messages = WHOLE["components"]["messages"]
    assert set(messages) == set(PUBLISHED)
    for type_, message in messages.items():
        assert message["payload"]["schema"] == {"$ref": f"schemas/{type_}.json"}
        assert message["contentType"] == "application/cloudevents+json"


def test_a_correction_travels_on_every_topic_but_oversight() -> None:
    carried = [topic for topic in TOPICS if "entry.corrected.v1" in WHOLE["channels"][topic]["messages"]]
    assert carried == ["enrollment", "lab", "followup"]
    assert [t for t in TOPICS if "lab.result-reported.v1" in WHOLE["channels"][t]["messages"]] == ["lab"]


def messages_of(operation: str) -> set[str]:
    return {reference["$ref"].rpartition("/")[2] for reference in WHOLE["operations"][operation]["messages"]}


def test_doors_send_the_newest_versions_only_and_workers_receive_every_version() -> None:
    assert list(WHOLE["operations"]) == [f"{verb}-{topic}" for topic in TOPICS for verb in ("publish", "apply")]
    for topic in TOPICS:
        sent, received = messages_of(f"publish-{topic}"), messages_of(f"apply-{topic}")
        assert WHOLE["operations"][f"publish-{topic}"]["action"] == "send"
        assert WHOLE["operations"][f"apply-{topic}"]["action"] == "receive"
        assert received == set(WHOLE["channels"][topic]["messages"])
        assert sent == received & set(FACTS_BY_TYPE)
    assert "subject.died.v1" in messages_of("apply-followup") - messages_of("publish-followup")


def test_an_operation_names_messages_of_its_own_channel_only() -> None:
    for name, operation in WHOLE["operations"].items():
        channel = operation["channel"]["$ref"]
        assert channel == f"#/channels/{name.partition('-')[2]}"
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])
