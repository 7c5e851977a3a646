// Package entities finds who and what an article speaks of: people, organisations, places and events, each once, with all
// mentions, the roles of people, and how much of the article is about them.
package entities
