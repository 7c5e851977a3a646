"""Tests of jobs against the real server, which is killed in the middle and started again on what it has on disk."""

from __future__ import annotations

import asyncio
import collections
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock
from collections.abc import Iterator

import nutgraf
import nutgraf.aio
from tests.faults import article

N = 300
BAD = "7"


def item(i: int) -> nutgraf.BatchItem:
    html = (
        f"<title>Ferry {i} 🎉</title><article><h1>Ferry {i} 🎉</h1><p>The island ferry number {i} sails again on Monday, Anna "
        "Berg of Harbour Lines said in Tarnmouth.</p><p>“It is late,” Berg said. “But it sails.”</p></article>"
    )
    source = nutgraf.Source(html=nutgraf.HtmlContent(data=html.encode()), url="https://news.example/ferry")
    request = nutgraf.ArticleRequest() if str(i) == BAD else nutgraf.ArticleRequest(source=source)
    return nutgraf.BatchItem(item_id=str(i), article=request)


class Server:
    """The server with its jobs in a folder of its own. It keeps its address when it is killed and started again."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.address = "127.0.0.1:0"
        self._start()

    def _start(self) -> None:
        log = pathlib.Path(self._folder.name) / "log"
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [os.environ["NUTGRAF"], "serve", "--listen", self.address, "--http-listen", "127.0.0.1:0"]
                + ["--admin-listen", "", "--jobs-dir", f"{self._folder.name}/jobs", "--jobs-min-free-bytes", "1"],
                stderr=stderr,
            )
        deadline = time.monotonic() + 60
        while "\n" not in (lines := log.read_text()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server does not start: {lines}")
            time.sleep(0.02)
        self.address = json.loads(lines.splitlines()[0])["grpc"]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self.kill()
        self._start()

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()


class TestJobs(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Server()
        self.addCleanup(self.server.close)
        self.client = self.connect()

    def connect(self) -> nutgraf.Client:
        client = nutgraf.connect(self.server.address, tls=False, timeout=60)
        self.addCleanup(client.close)
        return client

    def check(self, results: list[nutgraf.JobResult]) -> None:
        """Checks that there is each result once, with its own text, and an error for the bad item only."""
        counts = collections.Counter(result.item_id for result in results)
        self.assertEqual(counts, {str(i): 1 for i in range(N)})
        for result in results:
            if result.item_id == BAD:
                assert result.error is not None
                self.assertEqual((result.error.reason, result.extraction), ("INVALID_REQUEST", None))
                self.assertEqual([v.field for v in result.error.violations], ["source"])
            else:
                assert result.extraction is not None
                body = result.extraction.content.text
                self.assertIn(f"ferry number {result.item_id} sails", body)
                quote = result.extraction.quotes[0]
                span = quote.evidence.spans[0]
                self.assertEqual(body[span.start : span.end].strip("“”"), quote.text)  # in code points

    def test_submit_to_the_end(self) -> None:
        job = self.client.submit_job(item(i) for i in range(N))
        self.assertEqual((job.added.accepted, job.added.duplicates, job.added.rejected), (N, 0, []))
        states = list(job.watch())
        self.assertEqual(states[-1].state, nutgraf.JobState.JOB_STATE_SUCCEEDED)
        self.assertEqual((states[-1].items_total, states[-1].items_succeeded, states[-1].items_failed), (N, N - 1, 1))
        results = list(job.results())
        self.check(results)
        self.assertEqual([r.item_id for r in job.results(results[199].cursor)], [r.item_id for r in results[200:]])
        self.assertEqual([j.name for j in self.client.list_jobs()], [job.name])
        job.delete()
        self.assertEqual(list(self.client.list_jobs()), [])
        with self.assertRaises(nutgraf.Error) as raised:
            list(job.results())
        self.assertEqual(raised.exception.reason, "JOB_NOT_FOUND")

    def test_server_killed_in_the_middle(self) -> None:
        job = self.client.create_job()
        job.add(item(i) for i in range(N // 2))
        watched = job.watch()
        next(watched)
        reader = job.results()
        results = [next(reader) for _ in range(50)]
        self.server.restart()

        # Another client has nothing but the name, and adds everything again.
        picked_up = self.connect().job(job.name)
        added = picked_up.add(item(i) for i in range(N))
        self.assertEqual((added.accepted, added.duplicates, added.rejected), (N - N // 2, N // 2, []))
        picked_up.seal()
        self.server.restart()

        # The loops that were at it go on, and another begins after what was read of them.
        rest = list(picked_up.results(results[-1].cursor))
        self.check(results + rest)
        self.check(results + list(reader))
        self.assertEqual(list(watched)[-1].items_succeeded, N - 1)

    def failing_items(self) -> Iterator[nutgraf.BatchItem]:
        """Yields all items and kills the server before the last; it is back some time later."""
        back = threading.Timer(0.5, self.server.restart)
        for i in range(N):
            if i == N - 1:
                self.server.kill()
                back.start()
                self.addCleanup(back.join)
            yield item(i)

    def test_server_away_while_adding(self) -> None:
        job = self.client.submit_job(self.failing_items())
        self.assertEqual((job.added.accepted, job.added.duplicates, job.added.rejected), (N, 0, []))
        self.check(list(job.results()))

    def test_server_away_while_adding_asyncio(self) -> None:
        async def run() -> None:
            async with nutgraf.aio.connect(self.server.address, tls=False, timeout=60) as client:
                job = await client.submit_job(self.failing_items())
                self.assertEqual((job.added.accepted, job.added.duplicates, job.added.rejected), (N, 0, []))
                self.check([result async for result in job.results()])

        asyncio.run(run())

    def test_server_lost_for_good(self) -> None:
        job = self.client.create_job()
        job.add([item(0)])
        reader = job.results(timeout=0.5)
        next(reader)
        self.server.kill()
        with self.assertRaises(nutgraf.Error) as raised:
            next(reader)
        self.assertEqual(raised.exception.code.name, "UNAVAILABLE")

    def test_rejected_and_canceled(self) -> None:
        job = self.client.create_job()
        other = nutgraf.BatchItem(item_id="0", article=article("Another text under an id that is taken."))
        added = job.add([item(0), other, nutgraf.BatchItem(article=article("no id"))])
        self.assertEqual((added.accepted, sorted(r.item_id for r in added.rejected)), (1, ["", "0"]))
        huge = nutgraf.BatchItem(item_id="huge", article=article("x" * (18 << 20)))
        self.assertEqual([r.item_id for r in job.add([item(1), huge, item(2)]).rejected], ["huge"])
        self.assertEqual((job.added.accepted, len(job.added.rejected)), (3, 3))
        with self.assertRaises(nutgraf.Error) as raised:
            job.delete()
        self.assertEqual(raised.exception.reason, "JOB_STATE")
        job.cancel()
        self.assertEqual(job.show_progress(io.StringIO()).state, nutgraf.JobState.JOB_STATE_CANCELLED)

    def test_dataframe_and_progress(self) -> None:
        job = self.client.submit_job([item(1), item(int(BAD))])
        written = io.StringIO()
        self.assertEqual(job.show_progress(written).items_failed, 1)
        self.assertRegex(written.getvalue().splitlines()[-1], rf"^{job.name} succeeded: 2 of 2 \(100%\), 1 failed")
        terminal = io.StringIO()
        terminal.isatty = lambda: True  # type: ignore[method-assign]
        job.show_progress(terminal)
        self.assertRegex(terminal.getvalue(), "^\r[^\n]*2 of 2[^\n]*\n$")

        frame = job.to_dataframe().set_index("item_id")
        self.assertEqual(sorted(frame.index), ["1", BAD])
        self.assertEqual(frame.loc["1"].error, "")
        self.assertIn("ferry number 1 sails", frame.loc["1"].body)
        self.assertIn("Anna Berg", frame.loc["1"].people)
        self.assertEqual(json.loads(frame.loc["1"].extraction)["content"]["text"], frame.loc["1"].body)
        self.assertRegex(frame.loc[BAD].error, "^INVALID_ARGUMENT: ")
        self.assertEqual((frame.loc[BAD].body, list(frame.loc[BAD].people)), ("", []))
        with unittest.mock.patch.dict(sys.modules, {"pandas": None}), self.assertRaisesRegex(ImportError, "pip install"):
            job.to_dataframe()

    def test_asyncio(self) -> None:
        async def run() -> None:
            async with nutgraf.aio.connect(self.server.address, tls=False, timeout=60) as client:
                job = await client.create_job()
                await job.add(item(i) for i in range(N // 2))
                reader = job.results()
                results = [await anext(reader) for _ in range(50)]
                await asyncio.to_thread(self.server.restart)
                job = client.job(job.name)
                added = await job.add(item(i) for i in range(N))
                self.assertEqual((added.accepted, added.duplicates), (N - N // 2, N // 2))
                await job.seal()
                self.check(results + [result async for result in reader])
                self.assertEqual([state async for state in job.watch()][-1].items_failed, 1)
                self.assertEqual((await job.show_progress(io.StringIO())).items_total, N)
                self.assertEqual(len(await job.to_dataframe(results[-1].cursor)), N - 50)
                submitted = await client.submit_job([item(1)])
                names = [state.name async for state in client.list_jobs()]
                self.assertEqual(names, [submitted.name, job.name])
                self.assertEqual((await submitted.state()).items_total, 1)
                await submitted.cancel()
                await job.delete()

        asyncio.run(run())


if __name__ == "__main__":
    unittest.main()
