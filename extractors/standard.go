// Package extractors lists the extractors of the service.
package extractors

import (
	"example.invalid/nutgraf/extractors/content"
	"example.invalid/nutgraf/extractors/entities"
	"example.invalid/nutgraf/extractors/events"
	"example.invalid/nutgraf/extractors/fingerprint"
	"example.invalid/nutgraf/extractors/keywords"
	"example.invalid/nutgraf/extractors/metadata"
	"example.invalid/nutgraf/extractors/quotes"
	"example.invalid/nutgraf/extractors/summary"
	"example.invalid/nutgraf/extractors/times"
	"example.invalid/nutgraf/internal/pipeline"
)

// Standard returns a new instance of every extractor that the service runs.
func Standard() []pipeline.Extractor {
	return []pipeline.Extractor{
		content.New(),
		entities.New(),
		events.New(),
		fingerprint.New(),
		keywords.New(),
		metadata.New(),
		quotes.New(),
		summary.New(),
		times.New(),
	}
}
