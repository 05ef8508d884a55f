"""The guide "Docker and Kubernetes": its files hold together, and the container's command runs."""

import json
import shutil
import tomllib
import urllib.request
from contextlib import ExitStack

import anyio
import pytest
import yaml
from patience import MOMENT, PROCESS
from redis_server import running_redis
from rough_client import Client
from variants import Variant, serving

from docs_src.how_to import containers
from docs_tools.project.languages import ROOT
from duologue.routing import Mount
from duologue.scripts import load, play

GUIDES = ROOT / "docs_src" / "how_to"
GRACE = 5 + 1  # what an application takes at most to shut down: `grace`, and a second

INSTRUCTIONS = [
    line.split(maxsplit=1) for line in (GUIDES / "Dockerfile").read_text("utf-8").splitlines()
]
DOCKERFILE = dict(INSTRUCTIONS)
COMMAND = json.loads(DOCKERFILE["CMD"])  # as a list: a shell would keep SIGTERM for itself
DEPLOYMENT, SERVICE = yaml.safe_load_all((GUIDES / "kubernetes.yaml").read_text("utf-8"))
POD = DEPLOYMENT["spec"]["template"]
[CONTAINER] = POD["spec"]["containers"]
PROBES = {name: CONTAINER[name]["httpGet"] for name in ["readinessProbe", "livenessProbe"]}


def test_each_instruction_stands_once():
    assert [name for name, _ in INSTRUCTIONS] == list(DOCKERFILE)
    assert list(DOCKERFILE) == ["FROM", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "CMD"]


def test_the_image_has_a_python_and_extras_that_there_are():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    version = DOCKERFILE["FROM"].removeprefix("python:").removesuffix("-slim")
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]
    [wanted] = [word for word in DOCKERFILE["RUN"].split() if "duologue" in word]
    extras = wanted.strip('"').removeprefix("duologue[").removesuffix("]").split(",")
    assert set(extras) <= set(project["optional-dependencies"])


def test_ports_and_labels_are_the_same_everywhere():
    [port] = CONTAINER["ports"]
    assert str(port["containerPort"]) == DOCKERFILE["EXPOSE"]
    assert COMMAND[COMMAND.index("--port") + 1] == DOCKERFILE["EXPOSE"]
    [outer] = SERVICE["spec"]["ports"]
    assert {outer["targetPort"], *(probe["port"] for probe in PROBES.values())} == {port["name"]}
    labels = POD["metadata"]["labels"]
    assert DEPLOYMENT["spec"]["selector"]["matchLabels"] == labels == SERVICE["spec"]["selector"]


def test_probes_ask_for_what_is_there():
    mounts = {each.path for each in containers.app.routes if isinstance(each, Mount)}
    assert {probe["path"] for probe in PROBES.values()} <= mounts


def test_kubernetes_waits_until_the_shutdown_is_over():
    _, before = CONTAINER["lifecycle"]["preStop"]["exec"]["command"]
    server = int(COMMAND[COMMAND.index("--timeout-graceful-shutdown") + 1])
    assert int(before) + GRACE + server < POD["spec"]["terminationGracePeriodSeconds"]
    assert GRACE + server < 10  # what Docker waits for


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    """Run the command of the container, with the program copied as its file says."""
    folder = tmp_path_factory.mktemp("container")
    name, target = DOCKERFILE["COPY"].split()
    assert (name, target) == ("main.py", ".")
    shutil.copy(GUIDES / "containers.py", folder / name)
    words = {DOCKERFILE["EXPOSE"]: "{port}", "main:app": "{app}"}
    command = " ".join(words.get(word, word) for word in COMMAND)
    variant = Variant("container", COMMAND[0], "", command, "Uvicorn running on")
    environment = {each["name"]: each["value"] for each in CONTAINER["env"]}
    assert list(environment) == ["REDIS_URL"]
    with running_redis(tmp_path_factory.mktemp("redis")) as redis:
        yield lambda: serving(variant, "main:app", folder, REDIS_URL=redis.url)


async def test_clients_may_be_in_different_containers(container):
    with ExitStack() as stack:
        ada, bob = (stack.enter_context(container()).url for _ in range(2))
        with anyio.fail_after(PROCESS):
            await play(load(GUIDES / "containers.duo"), {"ada": ada, "bob": bob}, timeout=MOMENT)


def test_a_container_is_healthy_and_ends_as_it_should(container):
    with container() as server:
        address = f"http://127.0.0.1:{server.port}{PROBES['readinessProbe']['path']}"
        with urllib.request.urlopen(address, timeout=PROCESS) as answer:
            assert answer.status == 200
        with Client(f"{server.url}/chat") as client:
            assert client.receive() == "Welcome!"
            server.terminate()
            assert client.receive().code == 1012
        server.wait()
