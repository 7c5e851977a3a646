import { Code, ConnectError } from "@connectrpc/connect";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import type { Status } from "./gen/google/rpc/status_pb.js";

const firstBackoffMs = 100;
const maxBackoffMs = 5_000;

/** One thing wrong with a request. */
export interface Violation {
  /** Path of the field from the request message, such as "source.url". */
  field: string;
  /** For people; it may change. */
  description: string;
}

/** The status of a call or of one item. */
export class NutgrafError extends Error {
  override name = "NutgrafError";
  /** What kind of error it is. */
  readonly code: Code;
  /** The cause in UPPER_SNAKE_CASE, which never changes. Empty if the server did not answer. */
  readonly reason: string;
  /** The fields of the request that are wrong. */
  readonly violations: Violation[];
  /** How long the server asks to wait; undefined if it does not say. */
  readonly retryDelayMs: number | undefined;

  constructor(error: ConnectError, violations?: Violation[]) {
    super(error.message, { cause: error });
    this.code = wasLost(error) ? Code.Unavailable : error.code;
    this.reason = error.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
    this.violations =
      violations ??
      error
        .findDetails(BadRequestSchema)
        .flatMap((bad) => bad.fieldViolations.map(({ field, description }) => ({ field, description })));
    const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
    this.retryDelayMs = delay && durationMs(delay);
  }

  /** Makes an error of what a call throws. */
  static of(reason: unknown): NutgrafError {
    return reason instanceof NutgrafError ? reason : new NutgrafError(ConnectError.from(reason));
  }

  /** Makes an error of the status of an item. */
  static ofStatus(status: Status): NutgrafError {
    const error = new ConnectError(status.message, status.code);
    error.details = status.details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ""), value }));
    return new NutgrafError(error);
  }

  /**
   * How long to wait before the same is sent again after so many failures; undefined if it shall not be. It may always be
   * when the server could not be reached, and when it is full only if it says so with a delay, for a message that is too
   * large has the same code.
   */
  retryAfterMs(failures: number): number | undefined {
    if (this.code !== Code.Unavailable && (this.code !== Code.ResourceExhausted || this.retryDelayMs === undefined)) {
      return undefined;
    }
    // Half of it by chance, so that clients who lost the same server do not come back together.
    const backoff = Math.min(firstBackoffMs * 2 ** failures, maxBackoffMs) * (0.5 + Math.random() / 2);
    return Math.max(backoff, this.retryDelayMs ?? 0);
  }
}

/**
 * Connect gives the loss of a connection various codes. Those made here have an error of the platform as cause, or speak of
 * a stream that was reset, and thus has no status.
 */
function wasLost({ cause, code, rawMessage }: ConnectError): boolean {
  return (
    code === Code.Aborted ||
    rawMessage.startsWith("http/2 stream closed with error code") ||
    cause instanceof TypeError || // fetch
    (cause instanceof Error && "code" in cause && typeof cause.code === "string") // Node
  );
}
