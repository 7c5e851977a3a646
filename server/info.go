package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	defaultPageSize = 50
	maxPageSize     = 200
)

// ListExtractors implements nutgrafv1.ExtractionServiceServer.
func (s *Server) ListExtractors(_ context.Context, req *nutgrafv1.ListExtractorsRequest) (*nutgrafv1.ListExtractorsResponse, error) {
	all := s.set.Specs()
	slices.SortFunc(all, func(a, b pipeline.Spec) int { return strings.Compare(a.Name, b.Name) })
	// The token is the last id of the page before, so it holds while extractors come and go.
	start, found := slices.BinarySearchFunc(all, req.GetPageToken(), func(s pipeline.Spec, token string) int { return strings.Compare(s.Name, token) })
	if found {
		start++
	}
	end := min(len(all), start+min(cmp.Or(int(req.GetPageSize()), defaultPageSize), maxPageSize))
	resp := &nutgrafv1.ListExtractorsResponse{}
	for _, spec := range all[start:end] {
		resp.Extractors = append(resp.Extractors, &nutgrafv1.Extractor{
			ExtractorId:      spec.Name,
			Version:          spec.Version,
			Description:      spec.Description,
			Provides:         fieldNames(spec.Provides),
			Requires:         fieldNames(spec.Requires),
			Uses:             fieldNames(spec.Uses),
			Languages:        spec.Languages,
			Deterministic:    true,
			ConfidenceKind:   spec.Confidence,
			ArtifactDigest:   spec.Digest,
			EnabledByDefault: true,
		})
	}
	if end < len(all) {
		resp.NextPageToken = all[end-1].Name
	}
	return resp, nil
}

func validatePage(req *nutgrafv1.ListExtractorsRequest) error {
	if req.GetPageSize() < 0 {
		return pipeline.Invalid("page_size", "negative")
	}
	if len(req.GetPageToken()) > maxItemIDBytes {
		return pipeline.Invalid("page_token", "not one that ListExtractors gave")
	}
	return nil
}

// fieldNames leaves out Source, which is no field of Extraction.
func fieldNames(fields []pipeline.Field) []string {
	var names []string
	for _, f := range fields {
		if f != pipeline.Source {
			names = append(names, string(f))
		}
	}
	return names
}

// GetServerInfo implements nutgrafv1.ExtractionServiceServer.
func (s *Server) GetServerInfo(context.Context, *nutgrafv1.GetServerInfoRequest) (*nutgrafv1.GetServerInfoResponse, error) {
	return &nutgrafv1.GetServerInfoResponse{
		Version:        s.version,
		PipelineDigest: s.set.Digest(),
		Limits: &nutgrafv1.Limits{
			MaxContentBytes:   s.memory.largest(),
			MaxElements:       pipeline.MaxElements,
			MaxResponseBytes:  int64(s.cfg.MaxResponseBytes),
			MaxStreamInFlight: uint32(s.cfg.MaxStreamInFlight),
			MaxBatchItems:     uint32(s.cfg.MaxBatchItems),
			MaxJobItems:       s.cfg.JobsMaxItems,
			JobRetention:      durationpb.New(s.cfg.JobsRetention),
			MaxAnalyzedBytes:  pipeline.MaxAnalyzedBytes,
		},
		DefaultOptions: pipeline.Defaults(),
	}, nil
}
