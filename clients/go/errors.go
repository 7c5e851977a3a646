package nutgraf

import (
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// Error is the status of a call or of one item. [status.FromError] and [status.Code] understand it.
type Error struct {
	// Code says what kind of error it is.
	Code codes.Code
	// Message is for people and may change.
	Message string
	// Reason is the cause in UPPER_SNAKE_CASE, which never changes. Empty if the server did not answer.
	Reason string
	// Violations name the fields of the request that are wrong.
	Violations []Violation
	// RetryDelay is how long the server asks to wait; nil if it does not say.
	RetryDelay *time.Duration

	status *status.Status
}

// Violation is one thing wrong with a request.
type Violation struct {
	// Field is its path from the request message, such as "source.url".
	Field string
	// Description is for people and may change.
	Description string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// GRPCStatus returns the status with all its details.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// ErrorOf reads the details of an error of a gRPC call. The methods of [Client] have done so already.
func ErrorOf(err error) *Error { return newError(status.Convert(err)) }

func newError(s *status.Status) *Error {
	e := &Error{Code: s.Code(), Message: s.Message(), status: s}
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			e.Reason = d.GetReason()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				e.Violations = append(e.Violations, Violation{v.GetField(), v.GetDescription()})
			}
		case *errdetails.RetryInfo:
			delay := d.GetRetryDelay().AsDuration()
			e.RetryDelay = &delay
		}
	}
	return e
}

// retryAfter returns how long to wait before the same is sent again after so many failures, and whether it may be: always
// when the server could not be reached, and when it is full only if it says so with a delay, for a message that is too
// large has the same code.
func (e *Error) retryAfter(failures int) (time.Duration, bool) {
	if e.Code != codes.Unavailable && (e.Code != codes.ResourceExhausted || e.RetryDelay == nil) {
		return 0, false
	}
	delay := min(firstBackoff<<min(failures, 10), maxBackoff)
	// Half of it by chance, so that clients who lost the same server do not come back together.
	delay = delay/2 + rand.N(delay/2) //nolint:gosec // no secret depends on it
	if e.RetryDelay != nil {
		delay = max(delay, *e.RetryDelay)
	}
	return delay, true
}
