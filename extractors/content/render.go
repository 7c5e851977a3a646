package content

import (
	"html"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

func (b *body) block(blk *nutgrafv1.Block) string {
	return b.content.Text[blk.Span.Start:blk.Span.End]
}

var escapeMarkdown = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "&", `\&`, "~", `\~`, "|", `\|`,
)

// leading escapes what would make a line something else than text.
func leading(line string) string {
	trimmed := strings.TrimLeft(line, " ")
	if trimmed == "" {
		return line
	}
	switch trimmed[0] {
	case '#', '+', '-', '=':
		return `\` + trimmed
	}
	n := 0
	for n < len(trimmed) && n < 10 && '0' <= trimmed[n] && trimmed[n] <= '9' {
		n++
	}
	if n > 0 && n < len(trimmed) && (trimmed[n] == '.' || trimmed[n] == ')') {
		return trimmed[:n] + `\` + trimmed[n:]
	}
	return trimmed
}

// lines renders text with forced line breaks, each line after a prefix.
func lines(text, first, rest string) string {
	var sb strings.Builder
	for i, l := range strings.Split(text, "\n") {
		switch i {
		case 0:
			sb.WriteString(first)
		default:
			sb.WriteString("\\\n" + rest)
		}
		sb.WriteString(leading(escapeMarkdown.Replace(l)))
	}
	return sb.String()
}

// markdown renders the body as CommonMark; tables in the common pipe form.
func (b *body) markdown() string {
	var sb strings.Builder
	prev := nutgrafv1.BlockKind_BLOCK_KIND_UNSPECIFIED
	for i, blk := range b.content.Blocks {
		text := b.block(blk)
		if i > 0 {
			sb.WriteString("\n")
			if blk.Kind != prev || blk.Kind != nutgrafv1.BlockKind_BLOCK_KIND_LIST_ITEM {
				sb.WriteString("\n")
			}
		}
		switch blk.Kind {
		case nutgrafv1.BlockKind_BLOCK_KIND_HEADING:
			sb.WriteString(strings.Repeat("#", int(blk.Level)) + " " + escapeMarkdown.Replace(strings.ReplaceAll(text, "\n", " ")))
		case nutgrafv1.BlockKind_BLOCK_KIND_LIST_ITEM:
			indent := strings.Repeat("  ", int(min(max(blk.Level, 1)-1, 8)))
			sb.WriteString(lines(text, indent+"- ", indent+"  "))
		case nutgrafv1.BlockKind_BLOCK_KIND_BLOCK_QUOTE:
			sb.WriteString(lines(text, "> ", "> "))
		case nutgrafv1.BlockKind_BLOCK_KIND_TABLE:
			for k, row := range strings.Split(text, "\n") {
				if k > 0 {
					sb.WriteString("\n")
				}
				cells := strings.Split(row, "\t")
				for c := range cells {
					cells[c] = escapeMarkdown.Replace(cells[c])
				}
				sb.WriteString("| " + strings.Join(cells, " | ") + " |")
				if k == 0 {
					sb.WriteString("\n|" + strings.Repeat(" --- |", len(cells)))
				}
			}
		case nutgrafv1.BlockKind_BLOCK_KIND_CAPTION, nutgrafv1.BlockKind_BLOCK_KIND_NOTE:
			sb.WriteString("*" + escapeMarkdown.Replace(strings.ReplaceAll(text, "\n", " ")) + "*")
		default:
			sb.WriteString(lines(text, "", ""))
		}
		prev = blk.Kind
	}
	if sb.Len() > 0 {
		sb.WriteString("\n")
	}
	return sb.String()
}

// html renders the body with a handful of elements and no attributes.
func (b *body) html() string {
	var sb strings.Builder
	inList := false
	for _, blk := range b.content.Blocks {
		text := strings.ReplaceAll(html.EscapeString(b.block(blk)), "\n", "<br>")
		isItem := blk.Kind == nutgrafv1.BlockKind_BLOCK_KIND_LIST_ITEM
		if isItem != inList {
			if inList = isItem; isItem {
				sb.WriteString("<ul>\n")
			} else {
				sb.WriteString("</ul>\n")
			}
		}
		switch blk.Kind {
		case nutgrafv1.BlockKind_BLOCK_KIND_HEADING:
			h := "h" + string('0'+rune(blk.Level))
			sb.WriteString("<" + h + ">" + text + "</" + h + ">\n")
		case nutgrafv1.BlockKind_BLOCK_KIND_LIST_ITEM:
			sb.WriteString("<li>" + text + "</li>\n")
		case nutgrafv1.BlockKind_BLOCK_KIND_BLOCK_QUOTE:
			sb.WriteString("<blockquote>" + text + "</blockquote>\n")
		case nutgrafv1.BlockKind_BLOCK_KIND_TABLE:
			sb.WriteString("<table>\n")
			for row := range strings.SplitSeq(b.block(blk), "\n") {
				sb.WriteString("<tr>")
				for cell := range strings.SplitSeq(row, "\t") {
					sb.WriteString("<td>" + html.EscapeString(cell) + "</td>")
				}
				sb.WriteString("</tr>\n")
			}
			sb.WriteString("</table>\n")
		case nutgrafv1.BlockKind_BLOCK_KIND_CAPTION:
			sb.WriteString("<p><small>" + text + "</small></p>\n")
		default:
			sb.WriteString("<p>" + text + "</p>\n")
		}
	}
	if inList {
		sb.WriteString("</ul>\n")
	}
	return sb.String()
}
