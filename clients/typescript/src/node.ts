/**
 * The client for Node: gRPC, with one stream for extractMany.
 *
 * @module
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Client as Rpc } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { bearer, type CallSettings, check, Client, type ManySettings, type Settings, sleep } from "./client.js";
import { NutgrafError } from "./errors.js";
import {
  type ExtractionService,
  ExtractStreamRequestSchema,
  type ExtractStreamResponse,
} from "./gen/nutgraf/v1/extraction_service_pb.js";
import { NodeJob } from "./jobs.js";
import { asynchronous, type Item, Many, maxMessageBytes, type Options, type Result, type Sent } from "./many.js";

export * from "./exports.js";
export { NodeJob } from "./jobs.js";

/** Settings of connect. */
export interface NodeSettings extends Settings {
  /** False for servers on this host or behind a proxy. */
  tls?: boolean;
  /** PEM certificates to trust instead of those of the system. */
  ca?: string | Uint8Array;
}

/** Returns a client of the server at target, such as "nutgraf.example:443". It connects with the first call. */
export function connect(target: string, settings: NodeSettings = {}): NodeClient {
  const { tls = true, ca, token } = settings;
  if (!tls && (token !== undefined || ca !== undefined)) {
    throw new TypeError("a token is not sent, and an authority not asked, without TLS");
  }
  const baseUrl = `${tls ? "https" : "http"}://${target}`;
  const session = new Http2SessionManager(
    baseUrl,
    // A silent connection with a call on it is asked for a sign of life.
    { pingIntervalMs: 30_000, pingTimeoutMs: 10_000 },
    ca === undefined ? {} : { ca: typeof ca === "string" ? ca : Buffer.from(ca) },
  );
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: session,
    readMaxBytes: maxMessageBytes,
    interceptors: token === undefined ? [] : [bearer(token)],
  });
  return new NodeClient(session, transport, settings);
}

/** What happens: to the source of items, or to a stream. */
type Event =
  | { from: unknown; kind: "item"; item: Item }
  | { from: unknown; kind: "end" }
  | { from: unknown; kind: "failed"; error: unknown }
  | { from: unknown; kind: "response"; response: ExtractStreamResponse }
  | { from: unknown; kind: "again"; sent: Sent }
  | { from: unknown; kind: "lost"; error: NutgrafError };

/** The client that connect returns. */
export class NodeClient extends Client {
  constructor(
    private readonly session: Http2SessionManager,
    ...rest: ConstructorParameters<typeof Client>
  ) {
    super(...rest);
  }

  /** Ends the connection and every call on it. */
  close(): void {
    this.session.abort();
  }

  override job(name: string): NodeJob {
    return new NodeJob(name, this.transport, (method, settings) => this.call(method, settings), this.timeoutMs);
  }

  override async createJob(options?: Options, settings: CallSettings = {}): Promise<NodeJob> {
    return this.job((await super.createJob(options, settings)).name);
  }

  /**
   * Creates a job of the items and seals it. An item that is refused throws nothing: see NodeJob.added. After an error the
   * job stays open with what was added. To go on with it then, make it with createJob, keep its name, and call add and seal:
   * items that are there are skipped.
   */
  async submitJob(
    items: Iterable<Item> | AsyncIterable<Item>,
    options?: Options,
    settings: CallSettings = {},
  ): Promise<NodeJob> {
    const job = await this.createJob(options, settings);
    await job.add(items, settings);
    await job.seal(settings);
    return job;
  }

  override async *extractMany(
    items: Iterable<Item> | AsyncIterable<Item>,
    settings: ManySettings = {},
  ): AsyncGenerator<Result, void, undefined> {
    const { options, timeoutMs = this.timeoutMs, window = this.window, signal } = settings;
    check(timeoutMs, window);
    const many = new Many(options, timeoutMs);
    const events = new Queue<Event>();
    const source = asynchronous(items);
    const aborted = () => events.push({ from: source, kind: "failed", error: NutgrafError.of(canceled()) });
    signal?.addEventListener("abort", aborted);
    let reading = false;
    let stream = new Stream(this.rpc, many, events);
    try {
      while (!many.done) {
        if (!reading && many.feeding && many.pending.length < window) {
          reading = true;
          source.next().then(
            ({ done, value }) => events.push(done ? { from: source, kind: "end" } : { from: source, kind: "item", item: value }),
            (error: unknown) => events.push({ from: source, kind: "failed", error }),
          );
        }
        const event = await events.next(many.patienceMs);
        if (!event) {
          throw many.overdue();
        }
        if (event.from !== source && event.from !== stream) {
          continue; // it is of a stream that was lost
        }
        let outcome: Sent | Result;
        switch (event.kind) {
          case "item":
            reading = false;
            outcome = many.add(event.item);
            break;
          case "response":
            outcome = many.answer(event.response);
            break;
          case "again":
            outcome = event.sent;
            break;
          case "end":
            many.feeding = false;
            continue;
          case "lost":
            stream.cancel();
            await sleep(many.lost(event.error), signal);
            stream = new Stream(this.rpc, many, events);
            continue;
          case "failed":
            throw event.error;
        }
        if ("item" in outcome) {
          stream.send(outcome);
        } else {
          yield outcome;
          many.resume();
        }
      }
      await stream.finish(timeoutMs);
    } finally {
      signal?.removeEventListener("abort", aborted);
      stream.cancel();
      // Not awaited: the step it is at ends by itself, or never.
      source.return().catch(() => {});
    }
  }
}

/** One stream; what it receives goes to events. */
class Stream {
  readonly #abort = new AbortController();
  readonly #outbox = new Queue<MessageInitShape<typeof ExtractStreamRequestSchema> | "end">();
  readonly #received: Promise<void>;

  constructor(
    rpc: Rpc<typeof ExtractionService>,
    many: Many,
    private readonly events: Queue<Event>,
  ) {
    this.#outbox.push({ defaultOptions: many.options });
    for (const sent of many.pending) {
      this.send(sent);
    }
    this.#received = this.#receive(rpc);
  }

  /** Sends an item, now or when its delay is over. */
  send(sent: Sent): void {
    if (sent.delayMs > 0) {
      setTimeout(() => this.events.push({ from: this, kind: "again", sent }), sent.delayMs);
      sent.delayMs = 0;
    } else {
      this.#outbox.push({ itemId: sent.item.itemId, article: sent.item.article });
    }
  }

  /** Lets the server end the stream, so that it does not count as canceled. */
  async finish(timeoutMs: number): Promise<void> {
    this.#outbox.push("end");
    const patience = new AbortController();
    await Promise.race([this.#received, sleep(timeoutMs, patience.signal)]);
    patience.abort();
  }

  cancel(): void {
    this.#outbox.push("end");
    this.#abort.abort();
  }

  async *#requests() {
    for (;;) {
      const request = await this.#outbox.next();
      if (request === undefined || request === "end") {
        return;
      }
      yield create(ExtractStreamRequestSchema, request);
    }
  }

  async #receive(rpc: Rpc<typeof ExtractionService>): Promise<void> {
    try {
      for await (const response of rpc.extractStream(this.#requests(), { signal: this.#abort.signal })) {
        this.events.push({ from: this, kind: "response", response });
      }
      throw new ConnectError("the server ended the stream", Code.Unavailable);
    } catch (reason) {
      this.events.push({ from: this, kind: "lost", error: NutgrafError.of(reason) });
    }
  }
}

/** Hands things from those who have them to the one who waits for them. */
class Queue<T> {
  readonly #things: T[] = [];
  #wake: (() => void) | undefined;

  push(thing: T): void {
    this.#things.push(thing);
    this.#wake?.();
  }

  /** Waits for the next thing; undefined if none comes in time. */
  async next(patienceMs = Infinity): Promise<T | undefined> {
    if (this.#things.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = patienceMs < Infinity ? setTimeout(resolve, patienceMs) : undefined;
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    return this.#things.shift();
  }
}

function canceled(): ConnectError {
  return new ConnectError("canceled by the caller", Code.Canceled);
}
