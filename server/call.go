package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"regexp"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

const requestIDHeader = "x-request-id"

// acceptedID keeps what goes into logs and headers short and plain.
var acceptedID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// call is what is known about a call. The chain fills it in before any item is worked on.
type call struct{ id, tenant string }

type callKey struct{}

// callOf returns the call that ctx belongs to; an empty one outside of any.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// requestID returns the id of the call, or "" outside of one.
func requestID(ctx context.Context) string { return callOf(ctx).id }

// tenant returns who the call's credentials say it comes from; "" if the server asks for none.
func tenant(ctx context.Context) string { return callOf(ctx).tenant }

// withRequestID gives the call the id the caller sent, or a new one, and sends it back in the header.
func withRequestID(ctx context.Context, _ string) (context.Context, error) {
	id := idOf(ctx)
	// A call that is already over has no header to set; its id still serves the log.
	_ = grpc.SetHeader(ctx, metadata.Pairs(requestIDHeader, id))
	return context.WithValue(ctx, callKey{}, &call{id: id}), nil
}

// idOf returns the id that the caller sent, or a new one.
func idOf(ctx context.Context) string {
	if sent := metadata.ValueFromIncomingContext(ctx, requestIDHeader); len(sent) == 1 && acceptedID.MatchString(sent[0]) {
		return sent[0]
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}
