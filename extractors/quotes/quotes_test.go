package quotes

import (
	"testing"

	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, New())
}
