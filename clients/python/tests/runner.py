"""Runs the clients for the conformance tests, as clients/conformance/README.md says."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

import nutgraf
import nutgraf.aio
from nutgraf.v1.extraction_service_pb2 import ExtractBatchRequest
from nutgraf.v1.extraction_service_pb2_grpc import ExtractionServiceStub
from nutgraf.v1.options_pb2 import OffsetEncoding

M = TypeVar("M", bound=Message)


def read(kind: type[M]) -> Iterator[M]:
    while (line := sys.stdin.readline().strip()) != ".":
        yield kind.FromString(base64.b64decode(line))


def write(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def encoded(message: Message) -> str:
    return base64.b64encode(message.SerializeToString()).decode()


def line(extraction: nutgraf.Extraction | None, error: nutgraf.Error | None, item_id: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {"item_id": item_id} if item_id else {}
    if error is not None:
        violations = [{"field": v.field, "description": v.description} for v in error.violations]
        out["error"] = {"code": error.code.name, "reason": error.reason, "violations": violations}
    elif extraction is not None:
        out["extraction"] = encoded(extraction)
        body = extraction.content.text
        if extraction.offset_encoding == OffsetEncoding.OFFSET_ENCODING_CODE_POINT:
            for s in (block.span for block in extraction.content.blocks):
                if s.HasField("text") and body[s.start : s.end] != s.text:
                    out["mismatch"] = s.text
    return out


def run(client: nutgraf.Client, mode: str) -> None:
    if mode == "extract":
        for article in read(nutgraf.ArticleRequest):
            try:
                write(line(client.extract(article), None))
            except nutgraf.Error as error:
                write(line(None, error))
    elif mode == "many":
        try:
            for r in client.extract_many(read(nutgraf.BatchItem)):
                write(line(r.extraction, r.error, r.item_id))
        except nutgraf.Error as error:
            write(line(None, error))
    elif mode == "batch":
        stub = ExtractionServiceStub(client.channel)
        for batch in read(ExtractBatchRequest):
            try:
                for response in stub.ExtractBatch(batch):
                    failed = nutgraf.Error.of_status(response.error) if response.HasField("error") else None
                    write(line(response.extraction, failed, response.item_id))
            except grpc.RpcError as rpc_error:
                write(line(None, nutgraf.Error.of_call(rpc_error)))


async def run_async(client: nutgraf.aio.Client, mode: str) -> None:
    if mode == "extract":
        for article in read(nutgraf.ArticleRequest):
            try:
                write(line(await client.extract(article), None))
            except nutgraf.Error as error:
                write(line(None, error))
    elif mode == "many":
        items = read(nutgraf.BatchItem)

        async def lazily() -> AsyncIterator[nutgraf.BatchItem]:
            while (item := await asyncio.to_thread(next, items, None)) is not None:
                yield item

        try:
            async for r in client.extract_many(lazily()):
                write(line(r.extraction, r.error, r.item_id))
        except nutgraf.Error as error:
            write(line(None, error))
    elif mode == "batch":
        stub = ExtractionServiceStub(client.channel)
        for batch in read(ExtractBatchRequest):
            try:
                async for response in stub.ExtractBatch(batch):
                    failed = nutgraf.Error.of_status(response.error) if response.HasField("error") else None
                    write(line(response.extraction, failed, response.item_id))
            except grpc.RpcError as rpc_error:
                write(line(None, nutgraf.Error.of_call(rpc_error)))


def main(address: str) -> None:
    with nutgraf.connect(address, tls=False) as client:
        while mode := sys.stdin.readline().strip():
            run(client, mode)
            print(".", flush=True)


async def main_async(address: str) -> None:
    async with nutgraf.aio.connect(address, tls=False) as client:
        while mode := (await asyncio.to_thread(sys.stdin.readline)).strip():
            await run_async(client, mode)
            print(".", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--asyncio":
        asyncio.run(main_async(sys.argv[2]))
    else:
        main(sys.argv[1])
