"""The project's Postgres image in a container, by testcontainers, for as long as standard input is open.

    python -m scripts.temporary_container [SETTING=VALUE …]
    python -m scripts.temporary_container --ask              exits with 0 if there is a Docker engine

Prints one line of JSON: {"host", "port", "container", "image"} once the server takes connections, or
{"error"}. A process of its own for the reason that scripts/temporary_cluster.py gives; so testcontainers' own
reaper, which is one more image to pull, isn't needed. `KINKSTER_POSTGRES_BASE` names another base image than
postgres:17.
"""

import hashlib
import ipaddress
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docker.errors
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from scripts.alone import alone

IMAGE_FOLDER = Path(__file__).resolve().parent.parent / "tests" / "postgres"
PORT = "5432/tcp"


def image_of_the_project(client: docker.DockerClient) -> str:
    """The tag of the image, built unless the engine has it: the tag is a hash of all that goes into it."""
    base = os.environ.get("KINKSTER_POSTGRES_BASE") or "postgres:17"
    parts = [base.encode(), *(part.read_bytes() for part in sorted(IMAGE_FOLDER.iterdir()))]
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
    tag = f"kinkster-postgres:{digest[:12]}"
    with alone(IMAGE_FOLDER):
        try:
            client.images.get(tag)
        except docker.errors.ImageNotFound:
            print(f"Building the image {tag} from {base}, once", file=sys.stderr, flush=True)
            client.images.build(
                path=str(IMAGE_FOLDER), tag=tag, buildargs={"BASE": base}, rm=True, forcerm=True
            )
    return tag


def engine() -> DockerClient:
    """The Docker engine that testcontainers finds. Raises DockerException when there is none."""
    try:
        found = DockerClient()
        found.client.ping()
    except Exception as error:  # socket, context and engine each raise their own kind
        raise docker.errors.DockerException("no Docker engine answers") from error
    return found


def published_on(docker_engine: DockerClient) -> str:
    """The address to open the port on: as narrow as may be, since the server trusts every connection."""
    mode = docker_engine.get_connection_mode()
    if (
        mode == ConnectionMode.gateway_ip
    ):  # this is a container itself, and reaches its siblings through the bridge
        bridge = docker_engine.client.networks.get("bridge").attrs["IPAM"]["Config"][0]
        return bridge.get("Gateway") or str(ipaddress.ip_network(bridge["Subnet"])[1])
    local = mode == ConnectionMode.bridge_ip or docker_engine.host() == "localhost"
    return "127.0.0.1" if local else "0.0.0.0"  # noqa: S104


def serve(settings: Sequence[str]) -> None:
    """Starts the container, says where it is, and removes it when standard input has ended."""
    docker_engine = engine()
    image = image_of_the_project(docker_engine.client)
    options = [part for setting in settings for part in ("-c", setting)]
    ready = LogMessageWaitStrategy("ready to accept connections").with_startup_timeout(60)
    container = DockerContainer(image).with_command(options).waiting_for(ready)
    ports: dict[str, Any] = container.ports
    ports[PORT] = (published_on(docker_engine), None)
    with container:
        where = {"host": container.get_container_host_ip(), "port": container.get_exposed_port(5432)}
        print(json.dumps({**where, "container": container.get_container_id(), "image": image}), flush=True)
        sys.stdin.read()


def main(*arguments: str) -> int:
    """Runs a container until standard input ends; takes no notice of signals meant for its holder."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    testcontainers_config.ryuk_disabled = True
    try:
        if arguments == ("--ask",):
            engine()
        else:
            serve(arguments)
    except (docker.errors.DockerException, OSError, TimeoutError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
