"""Tests that what `nutgraf bulk` writes is read by pandas, pyarrow and DuckDB, and that Spark's users can call the service.
What is not installed is skipped; Spark also needs a Java run time."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from tests.test_jobs import BAD, Server, item

PYTHON = pathlib.Path(__file__).parent.parent


def missing(*modules: str) -> bool:
    return any(importlib.util.find_spec(m) is None for m in modules)


class TestFrames(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def bulk(self) -> str:
        """Extracts 20 articles, one of which is bad, and returns the folder of Parquet files."""
        source, target = self.folder / "in.jsonl", self.folder / "out.parquet"
        with source.open("w") as f:
            for i in range(20):
                article = item(i).article
                html = article.source.html.data.decode() if str(i) != BAD else ""
                print(json.dumps({"id": i, "html": html, "url": article.source.url, "published": "2026-03-04"}), file=f)
        done = subprocess.run([os.environ["NUTGRAF"], "bulk", "--in", source, "--out", target], capture_output=True, check=True)
        self.assertIn(b'"failed_by_reason":{"ITEM_UNREADABLE":1}', done.stderr)
        return str(target)

    def check(self, rows: list[dict[str, object]]) -> None:
        self.assertEqual([r["id"] for r in rows], [str(i) for i in range(20)])
        for i, row in enumerate(rows):
            if str(i) == BAD:
                self.assertEqual((row["error_code"], row["body"], list(row["people"])), ("InvalidArgument", "", []))  # type: ignore[call-overload]
                continue
            self.assertEqual(row["error_code"], "")
            self.assertIn(f"ferry number {i} sails", str(row["body"]))
            self.assertIn("🎉", str(row["title"]))
            self.assertIn("Anna Berg", list(row["people"]))  # type: ignore[call-overload]
            self.assertEqual(len(list(row["quote_texts"])), len(list(row["quote_speakers"])))  # type: ignore[call-overload]
            self.assertEqual(json.loads(str(row["extraction"]))["content"]["text"], row["body"])

    @unittest.skipIf(missing("pandas", "pyarrow"), "pandas or pyarrow is not installed")
    def test_pandas(self) -> None:
        import pandas

        self.check(pandas.read_parquet(self.bulk()).to_dict("records"))

    @unittest.skipIf(missing("pyarrow"), "pyarrow is not installed")
    def test_pyarrow(self) -> None:
        import pyarrow.dataset

        self.check(pyarrow.dataset.dataset(self.bulk()).to_table().to_pylist())

    @unittest.skipIf(missing("duckdb"), "DuckDB is not installed")
    def test_duckdb(self) -> None:
        import duckdb

        files = f"read_parquet('{self.bulk()}/*.parquet')"
        table = duckdb.sql(f"select * from {files} order by id::int")
        self.check([dict(zip(table.columns, row)) for row in table.fetchall()])
        people = duckdb.sql(f"select unnest(people) p, count(*) n from {files} group by p order by n desc limit 1").fetchall()
        self.assertEqual(people, [("Anna Berg", 19)])

    @unittest.skipIf(missing("pyspark", "pyarrow") or shutil.which("java") is None, "PySpark or Java is not installed")
    def test_spark(self) -> None:
        import pyarrow
        import pyarrow.parquet

        server = Server()
        self.addCleanup(server.close)
        ids = [str(i) for i in range(40)]
        pages = ["" if i == BAD else item(int(i)).article.source.html.data.decode() for i in ids]
        source, target = self.folder / "articles.parquet", self.folder / "extracted.parquet"
        table = pyarrow.table({"id": ids, "html": pages, "url": ["https://news.example/ferry"] * len(ids)})
        pyarrow.parquet.write_table(table, source, row_group_size=10)
        # Of Spark's workers too.
        env = os.environ | {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        env |= {"PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.ui.enabled=false pyspark-shell"}
        job = [sys.executable, str(PYTHON / "examples" / "spark_job.py"), server.address, str(source), str(target)]
        done = subprocess.run(job, env=env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-5000:])
        rows = {r["id"]: r for r in pyarrow.parquet.read_table(target).to_pylist()}
        self.assertEqual(sorted(rows), sorted(ids))
        for i, row in rows.items():
            if i == BAD:
                self.assertIn("html.data: empty", row["error"])
            else:
                self.assertIsNone(row["error"])
                self.assertIn(f"ferry number {i} sails", row["body"])
                self.assertIn("Anna Berg", row["people"])
