import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError, createClient, type Client as Rpc, type Interceptor, type Transport } from "@connectrpc/connect";
import { NutgrafError } from "./errors.js";
import type { Extraction } from "./gen/nutgraf/v1/extraction_pb.js";
import {
  ExtractionService,
  type Extractor,
  type GetServerInfoResponse,
} from "./gen/nutgraf/v1/extraction_service_pb.js";
import { JobService, type Job as JobMessage } from "./gen/nutgraf/v1/job_service_pb.js";
import { ArticleRequestSchema } from "./gen/nutgraf/v1/source_pb.js";
import { Job } from "./jobs.js";
import { type Article, type Item, type Options, type Result, withUtf16 } from "./many.js";

/** Settings that all clients have. */
export interface Settings {
  /** Sent as a bearer token, over TLS only. */
  token?: string;
  /** Bounds a call with its retries, and in extractMany the wait for the next answer. Default: 60,000. */
  timeoutMs?: number;
  /** Most items of one extractMany that are sent and not yet taken by the caller. Default: 64. */
  window?: number;
}

/** Settings of one call. */
export interface CallSettings {
  /** Instead of the client's. */
  timeoutMs?: number;
  /** Ends the call. */
  signal?: AbortSignal;
}

/** Settings of one extractMany. */
export interface ManySettings extends CallSettings {
  /** For items that have none of their own. */
  options?: Options;
  /** Instead of the client's. */
  window?: number;
}

/** Refuses settings with which nothing would ever be sent. */
export function check(timeoutMs: number, window: number): void {
  if (!(timeoutMs > 0 && window >= 1)) {
    throw new RangeError(`timeoutMs must be above 0 and window at least 1, not ${timeoutMs} and ${window}`);
  }
}

/** A connection to a server, made by connect. */
export abstract class Client {
  /** The generated client, for methods that have no verb here, and the transport, for other services. */
  readonly rpc: Rpc<typeof ExtractionService>;
  readonly #jobs: Rpc<typeof JobService>;
  protected readonly timeoutMs: number;
  protected readonly window: number;

  constructor(
    readonly transport: Transport,
    settings: Settings,
  ) {
    this.rpc = createClient(ExtractionService, transport);
    this.#jobs = createClient(JobService, transport);
    this.timeoutMs = settings.timeoutMs ?? 60_000;
    this.window = settings.window ?? 64;
    check(this.timeoutMs, this.window);
  }

  /** Extracts one article. Offsets are UTF-16 code units unless its options say otherwise. */
  extract(article: Article, settings: CallSettings = {}): Promise<Extraction> {
    const message = create(ArticleRequestSchema, article);
    const request = { ...message, options: withUtf16(message.options) };
    return this.call((options) => this.rpc.extract(request, options), settings);
  }

  /**
   * Extracts any number of articles; yields exactly one result for each, as soon as it is done.
   *
   * No more than window items are sent and not yet taken by the caller, so a slow loop holds back the server and the
   * reading of items. A bad item yields a result with its error. After the loss of the server, unanswered items are sent
   * again for up to timeoutMs; then, or on an error that no retry helps, NutgrafError is thrown.
   */
  abstract extractMany(
    items: Iterable<Item> | AsyncIterable<Item>,
    settings?: ManySettings,
  ): AsyncGenerator<Result, void, undefined>;

  /** Returns every extractor of the server, sorted by id. */
  async listExtractors(settings: CallSettings = {}): Promise<Extractor[]> {
    const extractors: Extractor[] = [];
    let pageToken = "";
    do {
      const page = await this.call((options) => this.rpc.listExtractors({ pageToken }, options), settings);
      extractors.push(...page.extractors);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return extractors;
  }

  /** Returns the server's version, limits and defaults. */
  serverInfo(settings: CallSettings = {}): Promise<GetServerInfoResponse> {
    return this.call((options) => this.rpc.getServerInfo({}, options), settings);
  }

  /** Creates a job. The options are for items that have none of their own. */
  async createJob(options?: Options, settings: CallSettings = {}): Promise<Job> {
    // The same id in every try makes one job of them all.
    const requestId = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16).padStart(8, "0")).join("");
    const request = { requestId, defaultOptions: withUtf16(options) };
    const { job } = await this.call((call) => this.#jobs.createJob(request, call), settings);
    return this.job(job?.name ?? "");
  }

  /** Returns the job of that name. It makes no call. */
  job(name: string): Job {
    return new Job(name, this.transport, (method, settings) => this.call(method, settings), this.timeoutMs);
  }

  /** Yields the caller's jobs, newest first. */
  async *listJobs(settings: CallSettings = {}): AsyncGenerator<JobMessage, void, undefined> {
    let pageToken = "";
    do {
      const page = await this.call((options) => this.#jobs.listJobs({ pageToken }, options), settings);
      yield* page.jobs;
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }

  /** Makes a unary call, again and again until it succeeds, fails for good, or runs out of time. */
  protected async call<T>(method: (options: CallOptions) => Promise<T>, settings: CallSettings): Promise<T> {
    const deadline = performance.now() + (settings.timeoutMs ?? this.timeoutMs);
    const signal = settings.signal && { signal: settings.signal };
    for (let failures = 0; ; failures++) {
      try {
        return await method({ timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())), ...signal });
      } catch (reason) {
        const error = NutgrafError.of(reason);
        if (error.code === Code.Unavailable && performance.now() > deadline - 10) {
          // The server, which has the same deadline, was first to reset the stream.
          throw new NutgrafError(new ConnectError("the operation timed out", Code.DeadlineExceeded));
        }
        const delayMs = error.retryAfterMs(failures);
        if (delayMs === undefined || performance.now() + delayMs > deadline || settings.signal?.aborted) {
          throw error;
        }
        await sleep(delayMs, settings.signal);
      }
    }
  }
}

/** Sends a token with every call. */
export function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}

/** Waits, at most until the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) {
      done();
    }
  });
}
