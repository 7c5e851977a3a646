"""Tests of both clients against a server that fails as it is told. Each test is written once, for asyncio; the client that
is not asynchronous runs through the same tests behind an adapter."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import pathlib
import pickle
import queue
import tempfile
import unittest
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

import nutgraf
import nutgraf.aio
from nutgraf.v1.options_pb2 import OffsetEncoding
from tests.faults import FaultServer, Items, article

Code = grpc.StatusCode


class Adapter:
    """Gives the client of nutgraf the shape of that of nutgraf.aio."""

    def __init__(self, client: nutgraf.Client) -> None:
        self._client = client

    async def __aenter__(self) -> Adapter:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.close()

    async def extract(self, *args: Any, **kwargs: Any) -> nutgraf.Extraction:
        return await asyncio.to_thread(self._client.extract, *args, **kwargs)

    async def list_extractors(self) -> list[Any]:
        return await asyncio.to_thread(self._client.list_extractors)

    async def server_info(self) -> Any:
        return await asyncio.to_thread(self._client.server_info)

    async def extract_many(self, items: Iterable[nutgraf.BatchItem], **kwargs: Any) -> AsyncIterator[nutgraf.Result]:
        results = self._client.extract_many(items, **kwargs)
        try:
            while (result := await asyncio.to_thread(next, results, None)) is not None:
                yield result
        finally:
            results.close()  # type: ignore[attr-defined]


def connect_adapter(*args: Any, **kwargs: Any) -> Adapter:
    return Adapter(nutgraf.connect(*args, **kwargs))


class ClientTests:
    """The tests; the classes below say of which client."""

    connect: Any

    @contextlib.asynccontextmanager
    async def client(self, *args: str, **kwargs: Any) -> AsyncIterator[Any]:
        kwargs.setdefault("tls", False)
        with FaultServer(*args) as address:
            async with type(self).connect(address, **kwargs) as client:
                yield client

    async def test_extract(self: Any) -> None:
        async with self.client(timeout=5) as client:
            for fault, code, reason, violations in [
                ("", None, "", []),
                ("busy twice", None, "", []),
                ("unavailable", None, "", []),
                ("always full", Code.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE", []),
                ("invalid", Code.INVALID_ARGUMENT, "INVALID_REQUEST", [nutgraf.Violation("source.url", "not absolute")]),
            ]:
                with self.subTest(fault):
                    try:
                        extraction = await client.extract(article("body of " + fault, fault))
                    except nutgraf.Error as error:
                        self.assertEqual((error.code, error.reason, error.violations), (code, reason, violations))
                    else:
                        self.assertIsNone(code)
                        self.assertEqual(extraction.content.text, "body of " + fault)
                        self.assertEqual(extraction.offset_encoding, OffsetEncoding.OFFSET_ENCODING_CODE_POINT)

    async def test_extract_leaves_other_offsets_and_the_request_alone(self: Any) -> None:
        async with self.client() as client:
            asked = article("text")
            asked.options.offset_encoding = OffsetEncoding.OFFSET_ENCODING_UTF8_BYTE
            extraction = await client.extract(asked)
            self.assertEqual(extraction.offset_encoding, OffsetEncoding.OFFSET_ENCODING_UTF8_BYTE)
            silent = article("text")
            await client.extract(silent)
            self.assertEqual(silent, article("text"))

    async def test_deadline(self: Any) -> None:
        async with self.client(timeout=0.3) as client:
            with self.assertRaises(nutgraf.Error) as raised:
                await client.extract(article("text", "hang"))
            self.assertEqual(raised.exception.code, Code.DEADLINE_EXCEEDED)

    async def test_misuse(self: Any) -> None:
        for settings in ({"window": 0}, {"timeout": 0}):
            with self.subTest(settings=settings), self.assertRaises(ValueError):
                type(self).connect("localhost:1", tls=False, **settings)
        async with self.client() as client:
            for mistaken in ("text", article("text").source):
                with self.subTest(mistaken=type(mistaken)), self.assertRaisesRegex(TypeError, "ArticleRequest"):
                    await client.extract(mistaken)
            with self.assertRaisesRegex(TypeError, "BatchItem"):
                async for _ in client.extract_many([article("text")]):
                    self.fail("a result of no item")
            with self.assertRaises(ValueError):
                async for _ in client.extract_many([], window=0):
                    self.fail("a result of nothing")

    async def test_unreachable(self: Any) -> None:
        # The last attempt may itself run out of time.
        codes = (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED)
        async with type(self).connect("localhost:1", tls=False, timeout=0.5) as client:
            with self.assertRaises(nutgraf.Error) as raised:
                await client.extract(article("text"))
            self.assertIn(raised.exception.code, codes)
            with self.assertRaises(nutgraf.Error) as raised:
                async for _ in client.extract_many(Items(3)):
                    self.fail("a result from nowhere")
            self.assertIn(raised.exception.code, codes)

    async def test_each_item_has_one_result(self: Any) -> None:
        n = 100
        for fault, code in [
            ("", None),
            ("busy twice", None),
            ("unavailable", None),
            ("break stream", None),
            ("end", None),
            ("always full", Code.RESOURCE_EXHAUSTED),
            ("invalid", Code.INVALID_ARGUMENT),
        ]:
            with self.subTest(fault):
                async with self.client(timeout=10, window=16) as client:
                    items = Items(n, fault)
                    counts: collections.Counter[str] = collections.Counter()
                    async for result in client.extract_many(items):
                        counts[result.item_id] += 1
                        if result.item_id.endswith("5") and code is not None:
                            self.assertEqual(result.error.code, code)
                            self.assertIsNone(result.extraction)
                        else:
                            self.assertIsNone(result.error)
                            self.assertEqual(result.extraction.content.text, f"text {result.item_id}")
                            self.assertEqual(result.extraction.offset_encoding, OffsetEncoding.OFFSET_ENCODING_CODE_POINT)
                    self.assertEqual(counts, {str(i): 1 for i in range(n)})
                    self.assertEqual(items.read, n)

    async def test_stuck(self: Any) -> None:
        results = 0
        async with self.client(timeout=0.3) as client:
            with self.assertRaises(nutgraf.Error) as raised:
                async for _ in client.extract_many(Items(20, "hang")):
                    results += 1
        self.assertEqual((results, raised.exception.code), (18, Code.DEADLINE_EXCEEDED))

    async def test_slow_loop_holds_back(self: Any) -> None:
        window, taken = 8, 0
        items = Items(1000)
        async with self.client(window=window) as client:
            async with contextlib.aclosing(client.extract_many(items)) as results:
                async for _ in results:
                    taken += 1
                    if taken == 20:
                        await asyncio.sleep(0.3)
                        break
        self.assertLessEqual(items.read, taken + window)

    async def test_slow_source_holds_back_nothing(self: Any) -> None:
        answered: queue.Queue[str] = queue.Queue()

        def source() -> Iterator[nutgraf.BatchItem]:
            for item_id in ("a", "b"):
                yield nutgraf.BatchItem(item_id=item_id, article=article(item_id))
                self.assertEqual(answered.get(timeout=5), item_id)

        async with self.client() as client:
            async for result in client.extract_many(self.source(source())):
                answered.put(result.item_id)

    async def test_error_of_the_items_is_raised(self: Any) -> None:
        def source() -> Iterator[nutgraf.BatchItem]:
            yield nutgraf.BatchItem(item_id="a", article=article("a"))
            raise nutgraf.Error(Code.UNAVAILABLE, "of the items, not of the stream")

        async with self.client() as client:
            with self.assertRaisesRegex(nutgraf.Error, "of the items"):
                async for _ in client.extract_many(source()):
                    pass

    async def test_discovery(self: Any) -> None:
        async with self.client() as client:
            self.assertEqual([e.extractor_id for e in await client.list_extractors()], ["a", "b"])
            self.assertEqual((await client.server_info()).version, "0.0.0-faults")

    async def test_tls_and_token(self: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "ca.pem"
            with FaultServer("-tls", str(file), "-token", "secret") as address:
                # The certificate names localhost and both its addresses.
                for ca, token, code in [
                    (file.read_bytes(), "secret", None),
                    (file.read_bytes(), "guess", Code.UNAUTHENTICATED),
                    (None, "secret", Code.UNAVAILABLE),
                ]:
                    with self.subTest(code=code):
                        async with type(self).connect(address, ca=ca, token=token, timeout=20 if ca else 1) as client:
                            try:
                                await client.server_info()
                            except nutgraf.Error as error:
                                # Without trust every attempt fails; the last may itself run out of time.
                                self.assertIn(error.code, (code, Code.DEADLINE_EXCEEDED) if ca is None else (code,))
                            else:
                                self.assertIsNone(code)
        with self.assertRaises(ValueError):
            type(self).connect("localhost:1", tls=False, token="secret")


class TestSync(ClientTests, unittest.IsolatedAsyncioTestCase):
    connect = staticmethod(connect_adapter)

    def source(self, items: Iterator[nutgraf.BatchItem]) -> Iterator[nutgraf.BatchItem]:
        return items


class TestAsync(ClientTests, unittest.IsolatedAsyncioTestCase):
    connect = staticmethod(nutgraf.aio.connect)

    async def source(self, items: Iterator[nutgraf.BatchItem]) -> AsyncIterator[nutgraf.BatchItem]:
        while (item := await asyncio.to_thread(next, items, None)) is not None:
            yield item


class TestError(unittest.TestCase):
    def test_crosses_processes(self) -> None:
        details = status_pb2.Status()
        details.details.add().Pack(error_details_pb2.ErrorInfo(reason="OVERLOADED"))
        error = nutgraf.Error(Code.RESOURCE_EXHAUSTED, "full", details)
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((str(copy), copy.code, copy.reason), ("RESOURCE_EXHAUSTED: full", error.code, "OVERLOADED"))


if __name__ == "__main__":
    unittest.main()
