"""One person's browser over loopback: a connection that stays open, cookies, and how long each answer took."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

WARM = 5
TOKEN = re.compile(r'name="(csrf_token|nonce)"[^>]*value="([^"]+)"')


@dataclass
class Browser:
    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)

    def get(self, path: str) -> tuple[float, str]:
        """Milliseconds and the page. Raises RuntimeError for anything but 200."""
        took, status, page = self._ask("GET", path, None)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return took, page

    def post(self, path: str, fields: dict[str, str]) -> tuple[float, str]:
        """Milliseconds and where it led. Raises RuntimeError for anything but a redirect."""
        took, status, page = self._ask("POST", path, urlencode(fields))
        if status not in (302, 303):
            errors = " ".join(re.findall(r"usa-error-message[^>]*>([^<]+)", page))
            raise RuntimeError(f"{path} answered {status}: {errors or page[:300]}")
        return took, page

    def _ask(self, method: str, path: str, body: str | None) -> tuple[float, int, str]:
        headers = {**self.headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"http://{self.host}:{self.port}/",
            }
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        page = answer.read().decode()
        took = (time.perf_counter() - began) * 1_000
        for line in answer.msg.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return took, answer.status, page


def hidden(page: str) -> dict[str, str]:
    """The form's token and key, as the page has them."""
    return dict(TOKEN.findall(page))


def p50_and_p95(ask: Callable[[], float], times: int) -> tuple[float, float]:
    """Of so many answers in milliseconds, after a few that nobody counts."""
    for _ in range(WARM):
        ask()
    took = sorted(ask() for _ in range(times))
    return took[len(took) // 2], took[int(len(took) * 0.95) - 1]
