package server

import (
	"context"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Extract implements nutgrafv1.ExtractionServiceServer.
func (s *Server) Extract(ctx context.Context, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	return s.extract(ctx, req)
}

// extract is the innermost step of every call and of every item: run the pipeline and fit the answer to the limit.
func (s *Server) extract(ctx context.Context, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	out, err := s.set.Run(ctx, req)
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	size := proto.Size(out)
	observe(ctx, s.metrics.answers, float64(size))
	clip(out, size, s.cfg.MaxResponseBytes)
	return out, nil
}

// clipOrder is the order in which an answer that is too large loses its parts: first what costs most and says least, then
// what points at other parts before what it points at, the body last. A part is kept whole or not at all, so no offset or
// id that is left means anything else than before.
var clipOrder = [][]protoreflect.Name{
	{"source_text"},
	{"content", "alignments"},
	{"content", "html"},
	{"content", "markdown"},
	{"content", "removed"},
	{"extensions"},
	{"keywords"},
	{"summary"},
	{"events"},
	{"quotes"},
	{"times"},
	{"entities"},
	{"content"},
	{"fingerprint"},
	{"metadata"},
	{"warnings"},
}

// clip drops parts of x, which has the given size, until it is no larger than limit, with a warning for each.
func clip(x *nutgrafv1.Extraction, size, limit int) {
	for _, path := range clipOrder {
		if size <= limit {
			return
		}
		m := x.ProtoReflect()
		name, field := "", protoreflect.FieldDescriptor(nil)
		for i, part := range path {
			if i > 0 {
				m = m.Get(field).Message()
				name += "."
			}
			name += string(part)
			field = m.Descriptor().Fields().ByName(part)
		}
		if !m.IsValid() || !m.Has(field) {
			continue
		}
		m.Clear(field)
		x.Warnings = append(x.Warnings, &nutgrafv1.Warning{
			Code:    nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED,
			Field:   name,
			Message: "left out, for the answer would be larger than this server's max_response_bytes",
		})
		size = proto.Size(x)
	}
}
