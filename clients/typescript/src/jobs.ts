import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError, createClient, type Client as Rpc, type Transport } from "@connectrpc/connect";
import { type CallSettings, sleep } from "./client.js";
import { NutgrafError } from "./errors.js";
import { BatchItemSchema, type BatchItem } from "./gen/nutgraf/v1/extraction_service_pb.js";
import {
  type AddJobItemsRequestSchema,
  JobService,
  type Job as JobMessage,
  type ReadJobResultsResponse,
  type RejectedItem,
  RejectedItemSchema,
} from "./gen/nutgraf/v1/job_service_pb.js";
import { asynchronous, contentBytes, type Item, maxMessageBytes, overheadBytes, type Result, withOptions } from "./many.js";

// Items of a job are acknowledged chunk by chunk, so that after the loss of the server one chunk is sent again.
const maxChunkItems = 500;
const maxChunkBytes = 16 << 20;

/** What became of items put into a job. */
export interface Added {
  /** Now on disk. */
  accepted: number;
  /** There already, equal. */
  duplicates: number;
  /** The first that were refused, with reasons; at most 100 of every 500 items. */
  rejected: RejectedItem[];
}

/** A result with the cursor after it: kept somewhere safe, it is where Job.results goes on after a restart. */
export type JobResult = Result & { cursor: string };

/** Makes a unary call, again and again until it succeeds, fails for good, or runs out of time. */
export type Caller = <T>(method: (options: CallOptions) => Promise<T>, settings: CallSettings) => Promise<T>;

/** A durable job of the server. It outlives this process: its name is all it takes to find it again. */
export class Job {
  /** The generated client of jobs. */
  protected readonly rpc: Rpc<typeof JobService>;

  constructor(
    /** "jobs/" and an id. */
    readonly name: string,
    transport: Transport,
    protected readonly call: Caller,
    private readonly timeoutMs: number,
  ) {
    this.rpc = createClient(JobService, transport);
  }

  /** Closes the input of the job, which then ends when all items are answered. */
  async seal(settings: CallSettings = {}): Promise<JobMessage> {
    return jobOf(await this.call((options) => this.rpc.sealJob({ name: this.name }, options), settings));
  }

  /** Returns the job with its counts of this moment. */
  async state(settings: CallSettings = {}): Promise<JobMessage> {
    return jobOf(await this.call((options) => this.rpc.getJob({ name: this.name }, options), settings));
  }

  /** Stops the job. Results already made stay readable. */
  async cancel(settings: CallSettings = {}): Promise<JobMessage> {
    return jobOf(await this.call((options) => this.rpc.cancelJob({ name: this.name }, options), settings));
  }

  /** Removes the job, which must have ended, with its results. */
  async delete(settings: CallSettings = {}): Promise<void> {
    await this.call((options) => this.rpc.deleteJob({ name: this.name }, options), settings);
  }

  /**
   * Yields the job at once and after each change, at most one a second, until it has ended. It outlasts the loss of the
   * server for up to timeoutMs.
   */
  async *watch(settings: CallSettings = {}): AsyncGenerator<JobMessage, void, undefined> {
    for await (const response of this.#follow((options) => this.rpc.watchJob({ name: this.name }, options), settings)) {
      yield jobOf(response);
    }
  }

  /**
   * Yields every result after the cursor, each exactly once, until the job has ended. It outlasts the loss of the server
   * for up to timeoutMs.
   */
  async *results(cursor = "", settings: CallSettings = {}): AsyncGenerator<JobResult, void, undefined> {
    const read = (options: CallOptions) => this.rpc.readJobResults({ name: this.name, cursor, follow: true }, options);
    for await (const response of this.#follow(read, settings)) {
      cursor = response.cursor;
      yield resultOf(response);
    }
  }

  /** Runs a stream to its end, anew after each loss of the server. */
  async *#follow<T>(
    stream: (options: CallOptions) => AsyncIterable<T>,
    { timeoutMs = this.timeoutMs, signal }: CallSettings,
  ): AsyncGenerator<T, void, undefined> {
    let failures = 0;
    let deadline = 0;
    for (;;) {
      let error: NutgrafError;
      // Ends the stream when the loop over it is left early.
      const abort = new AbortController();
      const cancel = () => abort.abort();
      signal?.addEventListener("abort", cancel);
      try {
        signal?.throwIfAborted();
        for await (const message of stream({ signal: abort.signal })) {
          failures = 0;
          yield message;
        }
        return;
      } catch (reason) {
        error = signal?.aborted
          ? new NutgrafError(new ConnectError("canceled by the caller", Code.Canceled))
          : NutgrafError.of(reason);
      } finally {
        signal?.removeEventListener("abort", cancel);
        abort.abort();
      }
      const delayMs = signal?.aborted ? undefined : error.retryAfterMs(failures);
      if (failures++ === 0) {
        deadline = performance.now() + timeoutMs;
      }
      if (delayMs === undefined || performance.now() + delayMs > deadline) {
        throw error;
      }
      await sleep(delayMs, signal);
    }
  }
}

/** A job to which items can be added, which needs a stream that browsers do not have. */
export class NodeJob extends Job {
  /** What became of all items that this object has added. */
  readonly added: Added = { accepted: 0, duplicates: 0, rejected: [] };

  /**
   * Puts items into the job. When it resolves, all of them are on the server's disk but for those it rejected. After an
   * error the same items may be added again: those that are there are skipped. TimeoutMs is for every 500 items.
   */
  async add(items: Iterable<Item> | AsyncIterable<Item>, settings: CallSettings = {}): Promise<Added> {
    const added: Added = { accepted: 0, duplicates: 0, rejected: [] };
    const count = (accepted: bigint, duplicates: bigint, rejected: RejectedItem[]) => {
      for (const sum of [added, this.added]) {
        sum.accepted += Number(accepted);
        sum.duplicates += Number(duplicates);
        sum.rejected.push(...rejected);
      }
    };
    let chunk: BatchItem[] = [];
    let chunkBytes = 0;
    const flush = async () => {
      if (chunk.length === 0) {
        return;
      }
      const requests = chunk.map((item) => ({ name: this.name, item }));
      const { accepted, duplicates, rejected } = await this.call(
        (options) => this.rpc.addJobItems(stream(requests), options),
        settings,
      );
      count(accepted, duplicates, rejected);
      chunk = [];
      chunkBytes = 0;
    };
    for await (const init of asynchronous(items)) {
      const message = create(BatchItemSchema, init);
      const item = message.article ? { ...message, article: withOptions(message.article) } : message;
      const bytes = contentBytes(item) + overheadBytes;
      if (bytes > maxMessageBytes) {
        // Sent, it would end the whole stream.
        const error = { code: Code.InvalidArgument, message: `item of about ${bytes} bytes, at most ${maxMessageBytes}` };
        count(0n, 0n, [create(RejectedItemSchema, { itemId: item.itemId, error })]);
        continue;
      }
      if (chunk.length === maxChunkItems || chunkBytes + bytes > maxChunkBytes) {
        await flush();
      }
      chunk.push(item);
      chunkBytes += bytes;
    }
    await flush();
    return added;
  }
}

async function* stream(requests: MessageInitShape<typeof AddJobItemsRequestSchema>[]) {
  yield* requests;
}

function jobOf({ job }: { job?: JobMessage | undefined }): JobMessage {
  if (!job) {
    throw new NutgrafError(new ConnectError("the server answered without a job", Code.Internal));
  }
  return job;
}

function resultOf({ result, cursor }: ReadJobResultsResponse): JobResult {
  const itemId = result?.itemId ?? "";
  switch (result?.outcome.case) {
    case "extraction":
      return { itemId, extraction: result.outcome.value, cursor };
    case "error":
      return { itemId, error: NutgrafError.ofStatus(result.outcome.value), cursor };
    default:
      throw new NutgrafError(new ConnectError(`the server answered item "${itemId}" without an outcome`, Code.Internal));
  }
}
