"""`python -m passerelle.sandbox`: serve until a signal, or until the parent closes standard input.

One line of JSON on standard output says where, with the Import API at an address of its own:
`{"url": "http://127.0.0.1:40123", "importUrl": "http://127.0.0.1:40124", "pid": 4711}`.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
from pathlib import Path

import orjson
from pydantic import ValidationError

from ..errors import ConfigError
from .config import SandboxConfig
from .server import HOST, SandboxServer, listen


def main() -> int:
    """Serve; 2 is a configuration that cannot be, 1 a port that is taken."""
    try:
        options = _arguments()
        config = _configuration(options)
        server = SandboxServer(config, _announce)
    except (ValidationError, ConfigError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    listening = []
    for port in (config.port, config.import_port):
        try:
            listening.append(listen(port))
        except OSError as error:
            sys.stderr.write(f"Port {port} on {HOST} cannot be taken: {error}\n")
            return 1
    # Documents hold no cycles; looking for some in hundreds of thousands of dicts costs more than answering.
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    if options.config_on_stdin:
        threading.Thread(target=_follow_parent, args=(server,), daemon=True).start()
    server.run(sockets=listening)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m passerelle.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--import-port", type=int, default=0, help="of the Import API")
    parser.add_argument("--project", default="demo", help="the project key")
    parser.add_argument("--any-project", action="store_true", help="create projects when first used")
    parser.add_argument("--client-id", default="sandbox-client")
    parser.add_argument(
        "--client-secret-env",
        metavar="NAME",
        help="environment variable with the client's secret (sandbox-secret otherwise)",
    )
    parser.add_argument("--token-seconds", type=float, default=172_800)
    parser.add_argument("--overlapping-prices", choices=("refuse", "accept"), default="refuse")
    parser.add_argument("--unconfigured", choices=("refuse", "accept"), default="accept")
    parser.add_argument("--unknown-order-skus", choices=("refuse", "accept"), default="refuse")
    parser.add_argument("--advised-returns", choices=("arrive", "stay"), default="arrive")
    parser.add_argument("--reserved-stock", choices=("leave", "stay"), default="leave")
    parser.add_argument("--cancelled-stock", choices=("keep", "release"), default="keep")
    parser.add_argument(
        "--stock-lag-seconds", type=float, default=0, help="until sold pieces leave the stock"
    )
    parser.add_argument("--requests-per-second", type=float, help="more are refused with 429")
    parser.add_argument("--gzip", action="store_true", help="compress answers for clients that take it")
    parser.add_argument("--state", type=Path, help="file to start from and to save to")
    parser.add_argument(
        "--config-on-stdin",
        action="store_true",
        help="read the whole configuration as one line of JSON, then end when standard input does",
    )
    return parser.parse_args()


def _configuration(options: argparse.Namespace) -> SandboxConfig:
    if options.config_on_stdin:
        return SandboxConfig.model_validate_json(sys.stdin.buffer.readline())
    given = {name: value for name, value in vars(options).items() if name in SandboxConfig.model_fields}
    if options.client_secret_env is not None:
        secret = os.environ.get(options.client_secret_env)
        if not secret:
            raise ConfigError(
                f"The environment has no {options.client_secret_env}", advice="Set it, or leave it out"
            )
        given["client_secret"] = secret
    return SandboxConfig.model_validate(given)


def _announce(port: int, import_port: int) -> None:
    said = {
        "url": f"http://{HOST}:{port}",
        "importUrl": f"http://{HOST}:{import_port}",
        "pid": os.getpid(),
    }
    sys.stdout.write(orjson.dumps(said).decode() + "\n")
    sys.stdout.flush()


def _follow_parent(server: SandboxServer) -> None:
    while sys.stdin.buffer.read(4096):
        continue
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
