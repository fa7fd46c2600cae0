"""The examples of docs/rest.md, sent as they stand there; what they answer has the fields that are shown."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from flask import Flask

from tests.browsers import World
from tests.conftest import ROOT
from tests.rest.conftest import Program, Reply, new_key, program, reply, worker_program

__all__ = ["program", "worker_program"]

TEXT = (ROOT / "docs" / "rest.md").read_text("utf-8")
EXAMPLE = re.compile(r"```sh\n(curl .*?)```(?:\n\n```json\n(.*?)```)?", re.DOTALL)


@pytest.fixture
def engine_name() -> str:
    """The examples are about the way to ask."""
    return "sqlite"


def send(app: Flask, words: list[str]) -> Reply:
    """What curl would send."""
    method, headers, data, url = "GET", {}, None, ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _colon, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(rest).encode()
        else:
            url = word
    return reply(app.test_client().open(url, method=method, headers=headers, data=data))


def same_shape(shown: Any, found: Any) -> bool:
    """Whether what is shown has the fields of what was found, all of them."""
    if isinstance(shown, dict):
        return shown.keys() == found.keys() and all(same_shape(shown[key], found[key]) for key in shown)
    if isinstance(shown, list):
        return not shown or (bool(found) and same_shape(shown[0], found[0]))
    return True


def test_every_example_does_what_is_said_of_it(app: Flask, worker_program: Program, world: World) -> None:
    happy = f"/areas/{world.codes['happy']}"
    values = {
        "SITE": "",
        "TOKEN": worker_program.secret,
        "AREA": world.codes["happy"],
        "PERSON": world.people["happy"],
        "ETAG": worker_program.get(f"{happy}/people/{world.people['happy']}").headers["ETag"],
    }
    answers = []
    for command, shown in EXAMPLE.findall(TEXT):
        values["KEY"] = new_key()
        text = re.sub(r"\$([A-Z]+)", lambda m: values[m[1]].replace('"', '\\"'), command)
        answer = send(app, shlex.split(text))
        answers.append(answer)
        if shown:
            assert same_shape(json.loads(shown), answer.json), (command, answer.text)
        for item in (answer.json or {}).get("items", ()):
            if item.get("outcome") == "created":
                values["ENTRY"] = item["id"]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 201, 200, 200, 422]
    assert answers[1].json["items"][0]["name"] == "钱福"
    assert answers[4].json == {"changed": 1}
    assert answers[5].json["note"] == "行动不便，请上门"
    assert list(answers[6].json["error"]["fields"]) == ["entries.0.person"]
