// Command gorunner runs the Go client for the conformance tests, as clients/conformance/README.md says.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

func main() {
	client, err := nutgraf.Connect(os.Args[1], nutgraf.Config{Plaintext: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, "gorunner:", err)
		os.Exit(1)
	}
	defer func() { _ = client.Close() }()
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		mode, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		run(context.Background(), client, strings.TrimSpace(mode), lines)
		fmt.Println(".")
	}
}

func run(ctx context.Context, client *nutgraf.Client, mode string, lines *bufio.Reader) {
	switch mode {
	case "extract":
		for article := range read[nutgrafv1.ArticleRequest](lines) {
			x, err := client.Extract(ctx, article)
			write(line("", x, err))
		}
	case "many":
		for r, err := range client.ExtractMany(ctx, read[nutgrafv1.BatchItem](lines), nil) {
			if err != nil {
				write(line("", nil, err))
			} else {
				write(line(r.ItemID, r.Extraction, r.Err))
			}
		}
	case "batch":
		stub := nutgrafv1.NewExtractionServiceClient(client.Conn())
		for batch := range read[nutgrafv1.ExtractBatchRequest](lines) {
			stream, err := stub.ExtractBatch(ctx, batch)
			for err == nil {
				var resp *nutgrafv1.ExtractBatchResponse
				if resp, err = stream.Recv(); err == nil {
					write(line(resp.GetItemId(), resp.GetExtraction(), status.FromProto(resp.GetError()).Err()))
				}
			}
			if !errors.Is(err, io.EOF) {
				write(line("", nil, err))
			}
		}
	}
}

// read yields messages, one in base64 on each line, until a full stop.
func read[T any, M interface {
	*T
	proto.Message
}](lines *bufio.Reader) iter.Seq[M] {
	return func(yield func(M) bool) {
		for {
			text, err := lines.ReadString('\n')
			if text = strings.TrimSpace(text); err != nil || text == "." {
				return
			}
			data, err := base64.StdEncoding.DecodeString(text)
			m := M(new(T))
			if err != nil || proto.Unmarshal(data, m) != nil {
				panic("input is not a message in base64")
			}
			if !yield(m) {
				return
			}
		}
	}
}

func line(itemID string, x *nutgrafv1.Extraction, err error) map[string]any {
	out := map[string]any{}
	if itemID != "" {
		out["item_id"] = itemID
	}
	if err != nil {
		e := nutgraf.ErrorOf(err)
		violations := []map[string]string{}
		for _, v := range e.Violations {
			violations = append(violations, map[string]string{"field": v.Field, "description": v.Description})
		}
		out["error"] = map[string]any{"code": code.Code(e.Code).String(), "reason": e.Reason, "violations": violations}
		return out
	}
	out["extraction"] = encoded(x)
	text := x.GetContent().GetText()
	for _, b := range x.GetContent().GetBlocks() {
		s := b.GetSpan()
		if s.Text != nil && x.GetOffsetEncoding() == nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UTF8_BYTE && text[s.GetStart():s.GetEnd()] != s.GetText() {
			out["mismatch"] = s.GetText()
		}
	}
	return out
}

func encoded(m proto.Message) string {
	data, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(data)
}

func write(line any) {
	data, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", data)
}
