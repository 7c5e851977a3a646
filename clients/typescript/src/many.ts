import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { NutgrafError } from "./errors.js";
import type { Extraction } from "./gen/nutgraf/v1/extraction_pb.js";
import {
  type BatchItem,
  BatchItemSchema,
  type ExtractBatchResponse,
  type ExtractStreamResponse,
} from "./gen/nutgraf/v1/extraction_service_pb.js";
import { type ExtractionOptions, ExtractionOptionsSchema, OffsetEncoding } from "./gen/nutgraf/v1/options_pb.js";
import { type ArticleRequest, type ArticleRequestSchema } from "./gen/nutgraf/v1/source_pb.js";

/**
 * What the client takes in one message, and the most content it sends in one: the server's limit of content, and room for
 * the rest. One message above the server's own limit would end a whole stream.
 */
export const maxMessageBytes = 17 << 20;

/** Room for what an item holds besides its content. */
export const overheadBytes = 64 << 10;

/** The limit of the contract. The server may shorten a longer id in its answer. */
const maxItemIdBytes = 128;

/** An article, as a message or as a plain object of its fields. */
export type Article = MessageInitShape<typeof ArticleRequestSchema>;

/** An article with an id of the caller's choosing: 1 to 128 bytes, unique among the unanswered. */
export type Item = MessageInitShape<typeof BatchItemSchema>;

/** Options, as a message or as a plain object of its fields. */
export type Options = MessageInitShape<typeof ExtractionOptionsSchema>;

/** The outcome of one item: an extraction or an error. */
export type Result =
  | { itemId: string; extraction: Extraction; error?: undefined }
  | { itemId: string; error: NutgrafError; extraction?: undefined };

/** An item without its final answer. */
export interface Sent {
  item: BatchItem;
  since: number;
  failures: number;
  /** After which to send it. */
  delayMs: number;
}

/** Asks for offsets in UTF-16 code units, as JavaScript counts, if the options do not say otherwise. */
export function withUtf16(options: Options = {}): ExtractionOptions {
  const message = create(ExtractionOptionsSchema, options);
  return message.offsetEncoding ? message : { ...message, offsetEncoding: OffsetEncoding.UTF16_CODE_UNIT };
}

/** The state of one extractMany, across all its streams or batches. */
export class Many {
  readonly options: ExtractionOptions;
  /** Unanswered, in order of arrival. */
  readonly pending: Sent[] = [];
  feeding = true;
  #failures = 0; // streams lost since the last answer
  #deadline = Infinity; // of the next answer, or of the next stream if the last was lost

  constructor(
    options: Options | undefined,
    readonly timeoutMs: number,
  ) {
    this.options = withUtf16(options);
  }

  get done(): boolean {
    return !this.feeding && this.pending.length === 0;
  }

  /** How long to wait for the next event. */
  get patienceMs(): number {
    return this.pending.length > 0 ? Math.max(0, this.#deadline - performance.now()) : Infinity;
  }

  /** Starts to wait anew: after an answer, and after the caller has taken a result, for that time does not count. */
  resume(): void {
    this.#deadline = performance.now() + this.timeoutMs;
  }

  /** Takes an item in. Returns what to send, or at once the result of an item that cannot be sent. */
  add(init: Item): Sent | Result {
    const message = create(BatchItemSchema, init);
    const size = contentBytes(message) + overheadBytes;
    if (size > maxMessageBytes) {
      const text = `item of about ${size} bytes, at most ${maxMessageBytes}`;
      return { itemId: message.itemId, error: new NutgrafError(new ConnectError(text, Code.ResourceExhausted)) };
    }
    if (this.pending.length === 0) {
      this.resume();
    }
    const article = message.article && withOptions(message.article);
    const sent = { item: article ? { ...message, article } : message, since: performance.now(), failures: 0, delayMs: 0 };
    this.pending.push(sent);
    return sent;
  }

  /** Returns the result of an item, or what to send again if the server was only too busy. */
  answer({ itemId, outcome }: ExtractStreamResponse | ExtractBatchResponse): Sent | Result {
    const sent = this.pending.find(({ item }) => wasAnswered(item.itemId, itemId));
    if (!sent) {
      throw new NutgrafError(new ConnectError(`the server answered item "${itemId}", which was not sent`, Code.Internal));
    }
    this.#failures = 0;
    this.resume();
    if (outcome.case === "extraction") {
      return this.settle(sent, { itemId: sent.item.itemId, extraction: outcome.value });
    }
    const error =
      outcome.case === "error"
        ? NutgrafError.ofStatus(outcome.value)
        : new NutgrafError(new ConnectError("answer without an outcome", Code.Internal));
    const delayMs = error.retryAfterMs(sent.failures);
    if (delayMs !== undefined && performance.now() + delayMs < sent.since + this.timeoutMs) {
      sent.failures++;
      sent.delayMs = delayMs;
      return sent;
    }
    return this.settle(sent, { itemId: sent.item.itemId, error });
  }

  /** Takes an item off the unanswered. */
  settle(sent: Sent, result: Result): Result {
    this.pending.splice(this.pending.indexOf(sent), 1);
    return result;
  }

  /** The error of a stream that has lost patience. */
  overdue(): NutgrafError {
    return new NutgrafError(new ConnectError(`no answer for ${this.timeoutMs} ms`, Code.DeadlineExceeded));
  }

  /** Returns after how long to open the next stream; throws the error if there shall be none. */
  lost(error: NutgrafError): number {
    const delayMs = error.retryAfterMs(this.#failures);
    if (this.#failures++ === 0) {
      this.resume();
    }
    if (delayMs === undefined || performance.now() + delayMs > this.#deadline) {
      throw error;
    }
    for (const sent of this.pending) {
      sent.delayMs = 0;
    }
    return delayMs;
  }
}

/** Reads items of both kinds in one way. */
export async function* asynchronous<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/** Options of an item replace those of the whole, so they need the unit of offsets too. */
export function withOptions(article: ArticleRequest): ArticleRequest {
  return article.options ? { ...article, options: withUtf16(article.options) } : article;
}

/** Size of the content, which is nearly that of the message. */
export function contentBytes({ article }: BatchItem): number {
  const content = article?.source?.content;
  return content?.case === "html" ? content.value.data.length : utf8Bytes(content?.value?.text ?? "");
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

function wasAnswered(sent: string, answered: string): boolean {
  return sent === answered || (sent.startsWith(answered) && utf8Bytes(answered) > maxItemIdBytes);
}
