package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// merge moves the provided fields of a part, and its warnings, into the article. What else it set is dropped.
func (a *article) merge(part *nutgrafv1.Extraction, provides []protoreflect.FieldDescriptor, run uint32) {
	if part == nil {
		return
	}
	visit(part, visitor{evidence: func(e *nutgrafv1.Evidence) { e.RunIndex = &run }})
	from, to := part.ProtoReflect(), a.out.ProtoReflect()
	for _, fd := range provides {
		if from.Has(fd) {
			to.Set(fd, from.Get(fd))
		}
	}
	a.out.Warnings = append(a.out.Warnings, part.GetWarnings()...)
}

// finish turns the merged article into the answer: spans in the caller's unit, only what the mask keeps, digests.
func (s *Set) finish(a *article, keep mask) (*nutgrafv1.Extraction, error) {
	opts, out := a.req.GetOptions(), a.out
	layers := a.layers()
	if body := layers[nutgrafv1.Layer_LAYER_BODY]; a.head != "" && len(a.head) < len(body) {
		out.Warnings = append(out.Warnings, &nutgrafv1.Warning{
			Code:    nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED,
			Message: fmt.Sprintf("language was read in the first %d of the %d bytes of the body", len(a.head), len(body)),
		})
	}
	if opts != nil && opts.MinConfidence != nil {
		dropBelow(out, opts.GetMinConfidence())
	}
	if opts.GetIncludeSpanText() {
		visit(out, visitor{span: func(sp *nutgrafv1.Span) {
			if t, ok := cut(layers, sp); ok {
				sp.Text = &t
			}
		}})
	}
	out.OffsetEncoding = opts.GetOffsetEncoding()
	if out.OffsetEncoding == nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UNSPECIFIED {
		out.OffsetEncoding = nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UTF8_BYTE
	}
	convert(out, &layers)
	if opts.GetIncludeSourceText() {
		out.SourceText = &layers[nutgrafv1.Layer_LAYER_SOURCE]
	}
	out.Labels = a.req.GetLabels()
	if keep != nil {
		_, replay := keep["replay"]
		for name := range ownFields {
			keep[protoreflect.Name(name)] = nil
		}
		keep.prune(out.ProtoReflect())
		if !replay {
			return out, nil
		}
	}
	replay, err := s.replay(a.req, out)
	if err != nil {
		return nil, err
	}
	out.Replay = replay
	return out, nil
}

// texts holds the text that spans of each layer point into.
type texts [nutgrafv1.Layer_LAYER_STANDFIRST + 1]string

func (a *article) layers() texts {
	return texts{
		nutgrafv1.Layer_LAYER_SOURCE:     a.sourceText(),
		nutgrafv1.Layer_LAYER_BODY:       a.out.GetContent().GetText(),
		nutgrafv1.Layer_LAYER_TITLE:      a.out.GetMetadata().GetTitle().GetValue(),
		nutgrafv1.Layer_LAYER_STANDFIRST: a.out.GetMetadata().GetStandfirst().GetValue(),
	}
}

func cut(layers texts, sp *nutgrafv1.Span) (string, bool) {
	if int(sp.GetLayer()) >= len(layers) {
		return "", false
	}
	s := layers[sp.GetLayer()]
	if sp.GetStart() < 0 || sp.GetEnd() < sp.GetStart() || sp.GetEnd() > int64(len(s)) {
		return "", false
	}
	t := s[sp.GetStart():sp.GetEnd()]
	return t, utf8.ValidString(t)
}

// convert changes all offsets of x from UTF-8 bytes to its offset encoding.
func convert(x *nutgrafv1.Extraction, layers *texts) {
	var unit text.Unit
	switch x.OffsetEncoding {
	case nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UTF16_CODE_UNIT:
		unit = text.UTF16CodeUnit
	case nutgrafv1.OffsetEncoding_OFFSET_ENCODING_CODE_POINT:
		unit = text.CodePoint
	default:
		return
	}
	var offsets [len(layers)]text.Offsets
	for l, s := range layers {
		offsets[l] = text.NewOffsets(s, unit)
	}
	body, source := &offsets[nutgrafv1.Layer_LAYER_BODY], &offsets[nutgrafv1.Layer_LAYER_SOURCE]
	visit(x, visitor{
		span: func(sp *nutgrafv1.Span) {
			if int(sp.GetLayer()) < len(offsets) {
				o := &offsets[sp.GetLayer()]
				sp.Start, sp.End = o.At(sp.GetStart()), o.At(sp.GetEnd())
			}
		},
		alignment: func(al *nutgrafv1.Alignment) {
			bodyEnd, sourceEnd := body.At(al.BodyStart+al.BodyLength), source.At(al.SourceStart+al.SourceLength)
			al.BodyStart, al.SourceStart = body.At(al.BodyStart), source.At(al.SourceStart)
			al.BodyLength, al.SourceLength = bodyEnd-al.BodyStart, sourceEnd-al.SourceStart
		},
	})
}

var deterministic = proto.MarshalOptions{Deterministic: true}

// replay computes the digests by which a result can be recognised and made again.
func (s *Set) replay(req *nutgrafv1.ArticleRequest, out *nutgrafv1.Extraction) (*nutgrafv1.Replay, error) {
	input := sha256.New()
	src := req.GetSource()
	switch c := src.GetContent().(type) {
	case *nutgrafv1.Source_Html:
		input.Write([]byte("html\x00" + c.Html.GetCharset() + "\x00"))
		input.Write(c.Html.GetData())
	case *nutgrafv1.Source_PlainText:
		input.Write([]byte("text\x00"))
		input.Write([]byte(c.PlainText.GetText()))
	}
	hints := &nutgrafv1.Source{
		Url: src.GetUrl(), FetchTime: src.GetFetchTime(), PublishedHint: src.GetPublishedHint(),
		LanguageHint: src.GetLanguageHint(), TimeZoneHint: src.GetTimeZoneHint(), HttpHeaders: src.GetHttpHeaders(),
	}
	if err := write(input, hints); err != nil {
		return nil, err
	}
	options := sha256.New()
	if err := write(options, withDefaults(req.GetOptions())); err != nil {
		return nil, err
	}
	output := sha256.New()
	elapsed := make([]*nutgrafv1.ExtractorRun, len(out.Runs))
	copy(elapsed, out.Runs)
	for i, r := range elapsed {
		out.Runs[i] = &nutgrafv1.ExtractorRun{ExtractorId: r.ExtractorId, Version: r.Version, ArtifactDigest: r.ArtifactDigest, Status: r.Status}
	}
	err := write(output, out)
	copy(out.Runs, elapsed)
	if err != nil {
		return nil, err
	}
	return &nutgrafv1.Replay{
		InputDigest: digest(input), OptionsDigest: digest(options), PipelineDigest: s.digest, OutputDigest: digest(output),
		Deterministic: true,
	}, nil
}

// withDefaults returns the options with every default written out.
func withDefaults(o *nutgrafv1.ExtractionOptions) *nutgrafv1.ExtractionOptions {
	full := &nutgrafv1.ExtractionOptions{}
	if o != nil {
		full = proto.CloneOf(o)
	}
	if full.OffsetEncoding == nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UNSPECIFIED {
		full.OffsetEncoding = nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UTF8_BYTE
	}
	if full.DeadlinePolicy == nutgrafv1.DeadlinePolicy_DEADLINE_POLICY_UNSPECIFIED {
		full.DeadlinePolicy = nutgrafv1.DeadlinePolicy_DEADLINE_POLICY_RETURN_PARTIAL
	}
	if full.MaxSummarySentences == nil {
		full.MaxSummarySentences = proto.Int32(defaultSummarySentences)
	}
	return full
}

// Defaults returns the options that hold where a request has none.
func Defaults() *nutgrafv1.ExtractionOptions { return withDefaults(nil) }

func write(h hash.Hash, m proto.Message) error {
	b, err := deterministic.Marshal(m)
	if err != nil {
		return fmt.Errorf("digest %s: %w", m.ProtoReflect().Descriptor().Name(), err)
	}
	h.Write(b)
	return nil
}

func digest(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }
