package pipeline_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	s := newSet(t, standard()...)
	html := func(data, charset string) *nutgrafv1.Source_Html {
		return &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: []byte(data), Charset: charset}}
	}
	tests := []struct {
		name   string
		spoil  func(*nutgrafv1.ArticleRequest)
		fields []string
	}{
		{"good", func(*nutgrafv1.ArticleRequest) {}, nil},
		{"no source", func(r *nutgrafv1.ArticleRequest) { r.Source = nil }, []string{"source"}},
		{"no content", func(r *nutgrafv1.ArticleRequest) { r.Source.Content = nil }, []string{"source"}},
		{"empty text", func(r *nutgrafv1.ArticleRequest) { r.Source.GetPlainText().Text = "" }, []string{"source.plain_text.text"}},
		{"empty HTML", func(r *nutgrafv1.ArticleRequest) { r.Source.Content = html("", "") }, []string{"source.html.data"}},
		{"oversize", func(r *nutgrafv1.ArticleRequest) {
			r.Source.Content = html(strings.Repeat(" ", pipeline.MaxContentBytes+1), "")
		}, []string{"source.html.data"}},
		{"charset", func(r *nutgrafv1.ArticleRequest) { r.Source.Content = html("<p>", "klingon-8") }, []string{"source.html.charset"}},
		{"relative URL", func(r *nutgrafv1.ArticleRequest) { r.Source.Url = "/news/1" }, []string{"source.url"}},
		{"javascript URL", func(r *nutgrafv1.ArticleRequest) { r.Source.Url = "javascript:alert(1)" }, []string{"source.url"}},
		{"broken URL", func(r *nutgrafv1.ArticleRequest) { r.Source.Url = "http://[::1" }, []string{"source.url"}},
		{"long URL", func(r *nutgrafv1.ArticleRequest) { r.Source.Url = "https://a.example/" + strings.Repeat("x", 2048) }, []string{"source.url"}},
		{"impossible times", func(r *nutgrafv1.ArticleRequest) {
			r.Source.FetchTime = &timestamppb.Timestamp{Seconds: math.MaxInt64}
			r.Source.PublishedHint = &timestamppb.Timestamp{Nanos: -1}
			r.Options.ReferenceTime = &timestamppb.Timestamp{Seconds: math.MinInt64}
		}, []string{"source.fetch_time", "source.published_hint", "options.reference_time"}},
		{"languages", func(r *nutgrafv1.ArticleRequest) {
			r.Source.LanguageHint, r.Options.ForceLanguage = "not a tag", "x"
		}, []string{"source.language_hint", "options.force_language"}},
		{"zone", func(r *nutgrafv1.ArticleRequest) { r.Source.TimeZoneHint = "../etc/passwd" }, []string{"source.time_zone_hint"}},
		{"local zone", func(r *nutgrafv1.ArticleRequest) { r.Source.TimeZoneHint = "Local" }, []string{"source.time_zone_hint"}},
		{"headers", func(r *nutgrafv1.ArticleRequest) {
			r.Source.HttpHeaders = map[string]string{"x": strings.Repeat("y", 9000)}
		}, []string{"source.http_headers"}},
		{"labels", func(r *nutgrafv1.ArticleRequest) { r.Labels = map[string]string{"x": strings.Repeat("y", 257)} }, []string{"labels"}},
		{"mask", func(r *nutgrafv1.ArticleRequest) {
			r.Options.ReadMask = &fieldmaskpb.FieldMask{Paths: []string{"quotes.speaker.name", "bodies", "labels.a", "content.text.x", ""}}
		}, []string{"options.read_mask", "options.read_mask", "options.read_mask", "options.read_mask"}},
		{"many paths", func(r *nutgrafv1.ArticleRequest) {
			r.Options.ReadMask = &fieldmaskpb.FieldMask{Paths: slices.Repeat([]string{"quotes"}, 65)}
		}, []string{"options.read_mask"}},
		{"extractors", func(r *nutgrafv1.ArticleRequest) {
			config := &structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewBoolValue(true)}}
			r.Options.Extractors = []*nutgrafv1.ExtractorSelection{{ExtractorId: "content", Config: config}, {ExtractorId: "content"}, {ExtractorId: "none"}}
		}, []string{"options.extractors[0].config", "options.extractors[1].extractor_id", "options.extractors[2].extractor_id"}},
		{"numbers", func(r *nutgrafv1.ArticleRequest) {
			r.Options.MinConfidence = proto.Float32(float32(math.NaN()))
			r.Options.MaxSummarySentences = proto.Int32(0)
			r.Options.ExtractorTimeout = durationpb.New(time.Hour)
			r.Options.OffsetEncoding, r.Options.DeadlinePolicy = 99, 99
		}, []string{"options.offset_encoding", "options.deadline_policy", "options.min_confidence", "options.extractor_timeout", "options.max_summary_sentences"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := request(fixture)
			tt.spoil(req)
			var got []string
			var invalid *pipeline.InvalidError
			if err := s.Validate(req); errors.As(err, &invalid) {
				for _, v := range invalid.Violations {
					got = append(got, v.Field)
				}
			} else if err != nil {
				t.Fatalf("Validate = %v, want an *InvalidError", err)
			}
			if !slices.Equal(got, tt.fields) {
				t.Errorf("Validate blames %q, want %q", got, tt.fields)
			}
		})
	}
}
