package events_test

import (
	"testing"

	"example.invalid/nutgraf/extractors/events"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, events.New())
}
