package times_test

import (
	"testing"

	"example.invalid/nutgraf/extractors/times"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, times.New())
}
