package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

// errorDomain is the domain of every ErrorInfo.
const errorDomain = "nutgraf"

// reason is the machine-readable cause in ErrorInfo. Reasons never change; docs/errors.md lists them all.
type reason string

const (
	reasonInvalidRequest   reason = "INVALID_REQUEST"
	reasonPipelineMismatch reason = "PIPELINE_MISMATCH"
	reasonOverloaded       reason = "OVERLOADED"
	reasonRateLimited      reason = "RATE_LIMITED"
	reasonQuota            reason = "QUOTA_EXCEEDED"
	reasonNoCredentials    reason = "CREDENTIALS_MISSING"
	reasonBadCredentials   reason = "CREDENTIALS_INVALID"
	reasonMessageTooLarge  reason = "MESSAGE_TOO_LARGE"
	reasonDeadlineExceeded reason = "DEADLINE_EXCEEDED"
	reasonCanceled         reason = "CANCELED"
	reasonDraining         reason = "SERVER_DRAINING"
	reasonMethodNotFound   reason = "METHOD_NOT_FOUND"
	reasonInternal         reason = "INTERNAL"
	reasonNoJob            reason = "JOB_NOT_FOUND"
	reasonJobState         reason = "JOB_STATE"
	reasonJobsFull         reason = "JOB_STORE_FULL"
	reasonJobsDown         reason = "JOB_STORE_UNAVAILABLE"
	reasonItemConflict     reason = "ITEM_CONFLICT"
	reasonTooManyItems     reason = "TOO_MANY_ITEMS"
	internalMessage               = "internal error"
	retryAfterOverload            = 250 * time.Millisecond
	retryAfterDrain               = 100 * time.Millisecond
	maxDescribedViolations        = 64
)

// errOverloaded is what admission answers when the process holds all the work it may hold.
var errOverloaded = errors.New("overloaded")

// errQuota is what a tenant is answered that holds all it may hold.
var errQuota = errors.New("quota")

// errDraining ends streams of a server that is about to stop.
var errDraining = errors.New("draining")

// errUnknownMethod answers paths that name no method.
var errUnknownMethod = status.Error(codes.Unimplemented, "no such method")

// later asks the caller to come again, and not all callers at the same time.
func later() *errdetails.RetryInfo {
	return &errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfterOverload + rand.N(retryAfterOverload))} //nolint:gosec // no secret depends on it
}

// newStatus builds a status with its ErrorInfo.
func newStatus(ctx context.Context, code codes.Code, why reason, message string, details ...protoadapt.MessageV1) *status.Status {
	info := &errdetails.ErrorInfo{Reason: string(why), Domain: errorDomain}
	if id := requestID(ctx); id != "" {
		info.Metadata = map[string]string{"request_id": id}
	}
	s, err := status.New(code, message).WithDetails(append([]protoadapt.MessageV1{info}, details...)...)
	if err != nil { // only for code OK
		return status.New(codes.Internal, internalMessage)
	}
	return s
}

// statusOf turns any error of a handler into the status the caller gets. Errors it does not know become INTERNAL with a
// fixed message, for their text may hold what the caller must not see.
func statusOf(ctx context.Context, err error) *status.Status {
	var (
		invalid      *pipeline.InvalidError
		precondition *pipeline.PreconditionError
		rate         *rateError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid):
		bad := &errdetails.BadRequest{}
		for _, v := range invalid.Violations[:min(len(invalid.Violations), maxDescribedViolations)] {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{Field: v.Field, Description: v.Description})
		}
		message := "invalid request"
		if len(invalid.Violations) > 0 {
			message = fmt.Sprintf("invalid request: %s: %s", invalid.Violations[0].Field, invalid.Violations[0].Description)
		}
		return newStatus(ctx, codes.InvalidArgument, reasonInvalidRequest, message, bad)
	case errors.As(err, &precondition):
		return newStatus(ctx, codes.FailedPrecondition, reasonPipelineMismatch, precondition.Error(), &errdetails.PreconditionFailure{
			Violations: []*errdetails.PreconditionFailure_Violation{{Type: "PIPELINE", Subject: precondition.Field, Description: precondition.Description}},
		})
	case errors.Is(err, errOverloaded):
		return newStatus(ctx, codes.ResourceExhausted, reasonOverloaded, "the server holds all the work it may hold", later())
	case errors.As(err, &rate):
		return newStatus(ctx, codes.ResourceExhausted, reasonRateLimited, "above the rate that you may call at",
			&errdetails.RetryInfo{RetryDelay: durationpb.New(rate.wait)})
	case errors.Is(err, errQuota):
		return newStatus(ctx, codes.ResourceExhausted, reasonQuota, "you have as much at work and waiting as you may", later())
	case errors.Is(err, errNoCredentials):
		return newStatus(ctx, codes.Unauthenticated, reasonNoCredentials, "credentials are needed")
	case errors.Is(err, errBadCredentials):
		return newStatus(ctx, codes.Unauthenticated, reasonBadCredentials, "the credentials are not valid")
	case errors.Is(err, errDraining):
		return newStatus(ctx, codes.Unavailable, reasonDraining, "the server is stopping; send unanswered items again",
			&errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfterDrain)})
	case errors.Is(err, context.DeadlineExceeded):
		return newStatus(ctx, codes.DeadlineExceeded, reasonDeadlineExceeded, "out of time")
	case errors.Is(err, context.Canceled):
		return newStatus(ctx, codes.Canceled, reasonCanceled, "canceled by the caller")
	}
	for _, j := range jobStatuses {
		if errors.Is(err, j.err) {
			var details []protoadapt.MessageV1
			if j.retry > 0 {
				details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(j.retry)})
			}
			return newStatus(ctx, j.code, j.why, j.err.Error(), details...)
		}
	}
	if s, ok := status.FromError(err); ok {
		return explained(ctx, s)
	}
	return newStatus(ctx, codes.Internal, reasonInternal, internalMessage)
}

// StatusError turns an error of the pipeline into the gRPC status that the service would answer with.
func StatusError(err error) error { return statusOf(context.Background(), err).Err() }

// explained adds ErrorInfo to a status that gRPC itself made.
func explained(ctx context.Context, s *status.Status) *status.Status {
	for _, d := range s.Details() {
		if _, ok := d.(*errdetails.ErrorInfo); ok {
			return s
		}
	}
	why, message := reasonInternal, s.Message()
	switch s.Code() {
	case codes.ResourceExhausted:
		why = reasonMessageTooLarge
	case codes.DeadlineExceeded:
		why = reasonDeadlineExceeded
	case codes.Canceled:
		why = reasonCanceled
	case codes.Unimplemented:
		why = reasonMethodNotFound
	case codes.Unavailable:
		why = reasonDraining
	default:
		message = internalMessage
	}
	return newStatus(ctx, s.Code(), why, message)
}
