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

type requestIDKey struct{}

// requestID returns the id of the call, or "" outside of one.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// withRequestID gives the call the id the caller sent, or a new one, and sends it back in the header.
func withRequestID(ctx context.Context, _ string) (context.Context, error) {
	var id string
	if sent := metadata.ValueFromIncomingContext(ctx, requestIDHeader); len(sent) == 1 && acceptedID.MatchString(sent[0]) {
		id = sent[0]
	} else {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		id = hex.EncodeToString(b[:])
	}
	// A call that is already over has no header to set; its id still serves the log.
	_ = grpc.SetHeader(ctx, metadata.Pairs(requestIDHeader, id))
	return context.WithValue(ctx, requestIDKey{}, id), nil
}
