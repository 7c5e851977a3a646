// Package nutgraf is the Go client of Nutgraf, the service that turns news articles into structured extractions.
//
// It adds to the generated code what every caller needs: a channel with sane settings, a deadline on every call, retries
// as the server asks for them, and [Client.ExtractMany] for any number of articles. Offsets are bytes of UTF-8, so
// text[span.Start:span.End] is the text of a span.
package nutgraf

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/keepalive"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/codec"
)

const (
	defaultTimeout = time.Minute
	defaultWindow  = 64
	// maxMessageBytes is what the client sends and takes in one message: the server's limit of content, and room for the
	// rest. One message above the server's own limit would end a whole stream.
	maxMessageBytes = 17 << 20
	// receiveWindow is how much a server may send that is not read yet, by stream and by connection: more than the largest answer
	// needs within the time of a message there and back. A fixed one saves a ping for each answer, by which gRPC would find its own.
	receiveWindow = 4 << 20
	// sendBuffer is how much is written to the connection at once: about an article, which is four times gRPC's own.
	sendBuffer = 128 << 10
	// keepaliveTime after which a silent connection with a call on it is asked for a sign of life.
	keepaliveTime    = 30 * time.Second
	keepaliveTimeout = 10 * time.Second
)

// Config holds the choices of a client. The zero value is TLS with the roots of the system and no token.
type Config struct {
	// TLS replaces the default TLS settings, for instance to trust a private authority.
	TLS *tls.Config
	// Plaintext turns TLS off, for servers on this host or behind a proxy.
	Plaintext bool
	// Token is sent as a bearer token. It is refused together with Plaintext.
	Token string
	// Timeout bounds a call with its retries when the context has no deadline, and in ExtractMany the wait for the next
	// answer. Default: one minute.
	Timeout time.Duration
	// Window is the most items of one ExtractMany that are sent and not yet taken by the caller. Default: 64.
	Window int
}

// Client is a connection to a server. It is safe for concurrent use.
type Client struct {
	conn    *grpc.ClientConn
	stub    nutgrafv1.ExtractionServiceClient
	timeout time.Duration
	window  int
}

// Connect returns a client of the server at target, such as "nutgraf.example:443". Several servers, divided by commas, take
// calls in turn. It connects with the first call.
func Connect(target string, cfg Config) (*Client, error) {
	if cfg.Plaintext && cfg.Token != "" {
		return nil, errors.New("a token is not sent without TLS")
	}
	transport := credentials.NewTLS(cfg.TLS)
	if cfg.Plaintext {
		transport = insecure.NewCredentials()
	}
	reconnect := backoff.DefaultConfig
	reconnect.MaxDelay = maxBackoff
	buffers := &codec.Pool{}
	options := []grpc.DialOption{
		experimental.WithBufferPool(buffers),
		grpc.WithTransportCredentials(transport),
		grpc.WithStaticStreamWindowSize(receiveWindow), grpc.WithStaticConnWindowSize(receiveWindow),
		grpc.WithWriteBufferSize(sendBuffer),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: keepaliveTimeout}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(codec.Proto{Pool: buffers}), grpc.MaxCallRecvMsgSize(maxMessageBytes), grpc.MaxCallSendMsgSize(maxMessageBytes)),
	}
	if cfg.Token != "" {
		options = append(options, grpc.WithPerRPCCredentials(bearer(cfg.Token)))
	}
	target, balanced := balance(target)
	conn, err := grpc.NewClient(target, append(options, balanced...)...)
	if err != nil {
		return nil, err
	}
	return &Client{
		conn:    conn,
		stub:    nutgrafv1.NewExtractionServiceClient(conn),
		timeout: cmp.Or(cfg.Timeout, defaultTimeout),
		window:  cmp.Or(cfg.Window, defaultWindow),
	}, nil
}

// Close ends the connection and every call on it.
func (c *Client) Close() error { return c.conn.Close() }

// Conn returns the connection, for generated clients of services that have no verb here.
func (c *Client) Conn() *grpc.ClientConn { return c.conn }

// Extract extracts one article.
func (c *Client) Extract(ctx context.Context, article *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	return call(ctx, c, c.stub.Extract, article)
}

// ListExtractors returns every extractor of the server, sorted by id.
func (c *Client) ListExtractors(ctx context.Context) ([]*nutgrafv1.Extractor, error) {
	var all []*nutgrafv1.Extractor
	req := &nutgrafv1.ListExtractorsRequest{}
	for {
		page, err := call(ctx, c, c.stub.ListExtractors, req)
		if err != nil {
			return nil, err
		}
		all = append(all, page.GetExtractors()...)
		if page.GetNextPageToken() == "" {
			return all, nil
		}
		req = &nutgrafv1.ListExtractorsRequest{PageToken: page.GetNextPageToken()}
	}
}

// ServerInfo returns the server's version, limits and defaults.
func (c *Client) ServerInfo(ctx context.Context) (*nutgrafv1.GetServerInfoResponse, error) {
	return call(ctx, c, c.stub.GetServerInfo, &nutgrafv1.GetServerInfoRequest{})
}

// call makes a unary call, again and again until it succeeds, fails for good, or runs out of time.
func call[Req, Resp any](
	ctx context.Context, c *Client, method func(context.Context, Req, ...grpc.CallOption) (Resp, error), req Req,
) (Resp, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	deadline, _ := ctx.Deadline()
	for failures := 0; ; failures++ {
		resp, err := method(ctx, req)
		if err == nil {
			return resp, nil
		}
		e := ErrorOf(err)
		delay, ok := e.retryAfter(failures)
		if !ok || time.Now().Add(delay).After(deadline) {
			return resp, e
		}
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return resp, e
		}
	}
}

// bearer is a token as gRPC sends it with every call, over TLS only.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }
