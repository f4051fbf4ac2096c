"""docker-compose.yml and the Dockerfile: official images by tag, loopback ports, nothing that asks a registry again."""

import re

from tests.architecture.tree import ROOT
from tests.servers.container_broker import IMAGE

COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_images_are_the_official_ones_and_ours():
    assert set(re.findall(r"^\s+image: (\S+)", COMPOSE, re.MULTILINE)) == {
        "apache/kafka:4.3.0",
        "postgres:17",
        "trialog",
    }
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.11-slim-bookworm"}


def test_the_broker_of_the_tests_is_the_broker_of_compose():
    assert f"image: {IMAGE}\n" in COMPOSE


def test_every_port_is_published_on_loopback_only():
    published = re.findall(r'^\s+- "([^"]*:\d+)"$', COMPOSE, re.MULTILINE)
    assert len(published) == 4
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_nothing_asks_a_registry_for_what_is_there():
    assert re.findall(r"pull_policy|@sha256|start_interval|--pull", COMPOSE + DOCKERFILE) == []


def test_each_process_connects_as_its_own_role():
    roles = dict(
        re.findall(r"(?:^  (\w+):\n)(?:(?!^  \w+:\n)[\s\S])*? DATABASE_URL: postgresql://(\w+):", COMPOSE, re.MULTILINE)
    )
    assert roles == {
        "migrate": "postgres",
        "intake": "trialog_intake",
        "worker": "trialog_app",
        "analyse": "trialog_app",
        "seal": "trialog_app",
        "serve": "trialog_read",
    }


def test_whoever_holds_a_secret_may_replace_it():
    held = re.findall(r"(?:PASSWORD|_KEY): (\S+)", COMPOSE) + re.findall(r"postgresql://\w+:(\S+)@", COMPOSE)
    assert len(held) == 14
    assert [value for value in held if not re.fullmatch(r"\$\{TRIALOG_\w+:-\S+\}", value)] == []
