"""The server that fails as it is told, and articles that tell it to."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Iterator

from nutgraf import ArticleRequest, BatchItem, PlainTextContent, Source

REPOSITORY = pathlib.Path(__file__).parents[3]


class FaultServer:
    """Runs the server while the with statement lasts."""

    def __init__(self, *args: str) -> None:
        binary = os.environ["FAULTSERVER"]
        self._process = subprocess.Popen([binary, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()

    def __enter__(self) -> str:
        return self.address

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def article(text: str, fault: str = "") -> ArticleRequest:
    labels = {"fault": fault} if fault else {}
    return ArticleRequest(source=Source(plain_text=PlainTextContent(text=text)), labels=labels)


class Items:
    """n items, each tenth of which with the given fault; counts how many were read."""

    def __init__(self, n: int, fault: str = "") -> None:
        self.n = n
        self.fault = fault
        self.read = 0

    def __iter__(self) -> Iterator[BatchItem]:
        for i in range(self.n):
            self.read += 1
            yield BatchItem(item_id=str(i), article=article(f"text {i}", self.fault if i % 10 == 5 else ""))
