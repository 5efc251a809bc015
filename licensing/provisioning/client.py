"""One exchange with the vendor's SCIM server. The address comes from the configuration, and still is not trusted:
only https, only to an address of the open internet, which is looked up once and kept, and no redirect is followed."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

TIMEOUT = 10.0
MOST_READ = 256 * 1024


class Unreachable(Exception):
    """No answer came; trying again may help."""


class NotAllowed(Exception):
    """The address is one that this service must not talk to."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    retry_after: str = ""


@dataclass(frozen=True)
class Server:
    """`token` never stands in a message or a log. `is_lenient` is for tests and development: http, and this machine."""

    url: str
    token: str
    is_lenient: bool = False

    def __repr__(self) -> str:
        return f"Server({self.url!r})"

    def found(self, external_id: str) -> Answer:
        """Who has this external id there."""
        return self.ask("GET", f"/Users?filter={quote(f'externalId eq {json.dumps(external_id)}')}")

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """Raises Unreachable, NotAllowed."""
        parts = urlsplit(self.url)
        connection = self._connected(parts.scheme, parts.hostname or "", parts.port)
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/scim+json"}
        if body is not None:
            headers["Content-Type"] = "application/scim+json"
        try:
            connection.request(method, parts.path.rstrip("/") + path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            told = answer.read(MOST_READ + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(type(error).__name__) from None
        finally:
            connection.close()
        return Answer(answer.status, _json(told), answer.headers.get("Retry-After", ""))

    def _connected(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme != "https" and not (self.is_lenient and scheme == "http"):
            raise NotAllowed("the address must begin with https://")
        if not host:
            raise NotAllowed("the address names no host")
        number = port or (443 if scheme == "https" else 80)
        address = self._looked_up(host, number)
        connection = http.client.HTTPConnection(host, number, timeout=TIMEOUT)
        try:
            plain = socket.create_connection((address, number), TIMEOUT)
            is_plain = scheme == "http"
            connection.sock = (
                plain if is_plain else ssl.create_default_context().wrap_socket(plain, server_hostname=host)
            )
        except OSError as error:
            raise Unreachable(type(error).__name__) from None
        return connection

    def _looked_up(self, host: str, port: int) -> str:
        """One address of the host, all of which must be of the open internet."""
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except OSError as error:
            raise Unreachable(type(error).__name__) from None
        for address in found:
            if not is_public(address) and not self.is_lenient:
                raise NotAllowed(f"{host} is {address}, which is no address of the open internet")
        return min(found, key=lambda address: (":" in address, address))


def is_public(address: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(one, "ipv4_mapped", None)
    return (mapped or one).is_global and not one.is_multicast


def _json(told: bytes) -> dict[str, Any]:
    """What is no object, or is too long to be one of ours, says nothing."""
    try:
        found = json.loads(told) if len(told) <= MOST_READ else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
