// What both runners of the conformance tests do, as clients/conformance/README.md says. It runs in Node and in browsers.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";

/**
 * Runs a client. The library is what its module exports; nextLine returns the next line of input, undefined after the last;
 * writeLine takes a line of output.
 */
export async function run(library, client, nextLine, writeLine) {
  for (let mode; (mode = await nextLine()); ) {
    await runMode(library, client, mode, nextLine, (line) => writeLine(JSON.stringify(line)));
    await writeLine(".");
  }
}

async function runMode(library, client, mode, nextLine, write) {
  const { ArticleRequestSchema, BatchItemSchema, Code, ExtractBatchRequestSchema, ExtractionSchema } = library;
  const { NutgrafError, OffsetEncoding } = library;

  async function* read(schema) {
    for (let line; (line = await nextLine()) !== "."; ) {
      yield fromBinary(schema, base64Decode(line));
    }
  }
  const line = (extraction, error, itemId) => {
    const out = itemId ? { item_id: itemId } : {};
    if (error) {
      const { code, reason, violations } = error;
      const name = Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
      return { ...out, error: { code: name.replace("CANCELED", "CANCELLED"), reason, violations } };
    }
    const body = extraction.content?.text;
    const inUtf16 = extraction.offsetEncoding === OffsetEncoding.UTF16_CODE_UNIT;
    for (const { span } of (inUtf16 && extraction.content?.blocks) || []) {
      if (span.text !== undefined && body.slice(Number(span.start), Number(span.end)) !== span.text) {
        out.mismatch = span.text;
      }
    }
    return { ...out, extraction: base64Encode(toBinary(ExtractionSchema, extraction)) };
  };
  const caught = async (reason) => {
    if (reason.name !== "NutgrafError" && reason.name !== "ConnectError") {
      throw reason;
    }
    await write(line(undefined, NutgrafError.of(reason)));
  };

  if (mode === "extract") {
    for await (const article of read(ArticleRequestSchema)) {
      await client.extract(article).then((x) => write(line(x)), caught);
    }
  } else if (mode === "many") {
    try {
      for await (const { itemId, extraction, error } of client.extractMany(read(BatchItemSchema))) {
        await write(line(extraction, error, itemId));
      }
    } catch (reason) {
      await caught(reason);
    }
  } else if (mode === "batch") {
    for await (const batch of read(ExtractBatchRequestSchema)) {
      try {
        for await (const { itemId, outcome } of client.rpc.extractBatch(batch)) {
          const error = outcome.case === "error" && NutgrafError.ofStatus(outcome.value);
          await write(line(outcome.value, error, itemId));
        }
      } catch (reason) {
        await caught(reason);
      }
    }
  }
}
