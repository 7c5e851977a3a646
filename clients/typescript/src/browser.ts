/**
 * The client for browsers: Connect, with batches for extractMany, for a browser cannot stream both ways. It runs in Node
 * too.
 *
 * @module
 */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { bearer, check, Client, type ManySettings, type Settings, sleep } from "./client.js";
import { NutgrafError } from "./errors.js";
import { BatchItemSchema } from "./gen/nutgraf/v1/extraction_service_pb.js";
import { asynchronous, contentBytes, type Item, Many, type Result, type Sent } from "./many.js";

export * from "./exports.js";

/** The limit of the contract. */
const maxBatchItems = 100;
/** A batch of more than one item is no larger than this. */
const fullBatchBytes = 4 << 20;

/** Returns a client of the server whose HTTP listener is at baseUrl, such as "https://nutgraf.example". */
export function connect(baseUrl: string, settings: Settings = {}): BrowserClient {
  const { token } = settings;
  if (token !== undefined && new URL(baseUrl).protocol !== "https:") {
    throw new TypeError("a token is not sent without TLS");
  }
  const interceptors = token === undefined ? [ending] : [ending, bearer(token)];
  return new BrowserClient(createConnectTransport({ baseUrl, useBinaryFormat: true, interceptors }), settings);
}

/**
 * Ends streams when their signal says so, whatever fetch does: that of Node forgets to once its request has been collected as
 * garbage, and a stream without a next answer would then be waited for without end.
 */
const ending: Interceptor = (next) => async (request) => {
  const response = await next(request);
  return response.stream ? { ...response, message: untilAborted(response.message, request.signal) } : response;
};

async function* untilAborted<T>(messages: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
  const reader = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const read = await new Promise<IteratorResult<T, unknown>>((resolve, reject) => {
        const abort = () => reject(signal.reason);
        signal.addEventListener("abort", abort);
        reader
          .next()
          .then(resolve, reject)
          .finally(() => signal.removeEventListener("abort", abort));
        if (signal.aborted) {
          abort();
        }
      });
      if (read.done) {
        return;
      }
      yield read.value;
    }
  } finally {
    reader.return?.().catch(() => {}); // not awaited: the step it is at may never end
  }
}

/** The client that connect returns. */
export class BrowserClient extends Client {
  override async *extractMany(
    items: Iterable<Item> | AsyncIterable<Item>,
    settings: ManySettings = {},
  ): AsyncGenerator<Result, void, undefined> {
    const { options, timeoutMs = this.timeoutMs, signal } = settings;
    const window = Math.min(settings.window ?? this.window, maxBatchItems);
    check(timeoutMs, window);
    const many = new Many(options, timeoutMs);
    const source = asynchronous(items);
    let next: Promise<IteratorResult<Item, void>> | undefined;
    try {
      while (!many.done) {
        // Fill the batch with what there is; wait only for its first item.
        let bytes = many.pending.reduce((sum, { item }) => sum + contentBytes(item), 0);
        while (many.feeding && many.pending.length < window && bytes < fullBatchBytes) {
          next ??= source.next();
          const read = await (many.pending.length > 0 ? Promise.race([next, sleep(0)]) : next);
          if (!read) {
            break;
          }
          if (read.done) {
            many.feeding = false;
            break;
          }
          const item = create(BatchItemSchema, read.value);
          bytes += contentBytes(item);
          if (many.pending.length > 0 && bytes > fullBatchBytes) {
            break; // it begins the next batch
          }
          next = undefined;
          const outcome = many.add(item);
          if (!("item" in outcome)) {
            yield outcome;
          }
        }
        await sleep(Math.max(0, ...many.pending.map(({ delayMs }) => delayMs)), signal);
        if (many.pending.length > 0) {
          yield* this.#batch(many, signal);
        }
      }
    } finally {
      source.return().catch(() => {}); // not awaited: the step it is at ends by itself, or never
    }
  }

  /** Sends what is unanswered, as one batch. What stays unanswered is for the next. */
  async *#batch(many: Many, signal: AbortSignal | undefined): AsyncGenerator<Result, void, undefined> {
    const batch = [...many.pending];
    for (const sent of batch) {
      sent.delayMs = 0;
    }
    const abort = new AbortController();
    const cancel = () => abort.abort();
    signal?.addEventListener("abort", cancel);
    let overdue = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        overdue = true;
        abort.abort();
      }, many.timeoutMs);
    };
    try {
      if (signal?.aborted) {
        abort.abort();
      }
      wait();
      const request = { defaultOptions: many.options, items: batch.map(({ item }) => item) };
      for await (const response of this.rpc.extractBatch(request, { signal: abort.signal })) {
        clearTimeout(timer);
        const outcome = many.answer(response);
        if (!("item" in outcome)) {
          yield outcome;
          many.resume();
        }
        wait();
      }
      if (batch.some((sent) => many.pending.includes(sent) && sent.delayMs === 0)) {
        throw new ConnectError("the server ended the batch", Code.Unavailable);
      }
    } catch (reason) {
      const error = overdue ? many.overdue() : NutgrafError.of(reason);
      const refused = refusedItems(error, batch);
      if (refused.length === 0) {
        await sleep(many.lost(error), signal);
      }
      for (const [sent, refusal] of refused) {
        yield many.settle(sent, { itemId: sent.item.itemId, error: refusal });
      }
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      abort.abort();
    }
  }
}

/** A batch with bad items is refused as a whole; which they are stands in the violations, such as of "items[2].item_id". */
function refusedItems(error: NutgrafError, batch: Sent[]): [Sent, NutgrafError][] {
  if (error.code !== Code.InvalidArgument) {
    return [];
  }
  return batch.flatMap((sent, i): [Sent, NutgrafError][] => {
    const path = `items[${i}].`;
    const own = error.violations
      .filter(({ field }) => field.startsWith(path))
      .map(({ field, description }) => ({ field: field.slice(path.length), description }));
    return own.length > 0 ? [[sent, new NutgrafError(ConnectError.from(error.cause), own)]] : [];
  });
}
