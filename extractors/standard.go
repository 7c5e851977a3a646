// Package extractors lists the extractors of the service.
package extractors

import (
	"example.invalid/nutgraf/extractors/content"
	"example.invalid/nutgraf/internal/pipeline"
)

// Standard returns a new instance of every extractor that the service runs.
func Standard() []pipeline.Extractor {
	return []pipeline.Extractor{
		content.New(),
	}
}
