"""Extracts a table of articles with Spark: spark-submit spark_job.py SERVERS INPUT.parquet OUTPUT.parquet

INPUT has the columns id, html and url. Each partition has a stream of its own to the servers, which holds no more than a
window of articles at a time; an article that fails is a row with its error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from pyspark.sql import Row, SparkSession

import nutgraf
from nutgraf.v1 import annotations_pb2 as kinds

COLUMNS = "id string, error string, title string, published string, body string, people array<string>"


def item(row: Row) -> nutgraf.BatchItem:
    source = nutgraf.Source(html=nutgraf.HtmlContent(data=row.html.encode(), charset="utf-8"), url=row.url)
    return nutgraf.BatchItem(item_id=row.id, article=nutgraf.ArticleRequest(source=source))


def columns(result: nutgraf.Result) -> tuple[object, ...]:
    x = result.extraction
    if x is None:
        return (result.item_id, str(result.error), None, None, None, None)
    people = [e.name for e in x.entities if e.kind == kinds.ENTITY_KIND_PERSON]
    return (result.item_id, None, x.metadata.title.value, x.metadata.published.value, x.content.text, people)


def extract(servers: str, rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
    with nutgraf.connect(servers, tls=False, timeout=300) as client:
        yield from map(columns, client.extract_many(map(item, rows)))


def main(servers: str, source: str, target: str) -> None:
    spark = SparkSession.builder.appName("nutgraf").getOrCreate()
    rows = spark.read.parquet(source).rdd.mapPartitions(lambda part: extract(servers, part))
    spark.createDataFrame(rows, COLUMNS).write.parquet(target)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
