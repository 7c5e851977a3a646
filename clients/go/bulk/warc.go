package bulk

import (
	"bufio"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Headers that the service reads; the rest of a response's headers are left out.
var kept = []string{"content-type", "last-modified", "content-language"}

// maxWARCHeaderBytes bounds the headers of one record, and of the HTTP response in it.
const maxWARCHeaderBytes = 1 << 20

// warcItems gives the successful HTML and text responses of a WARC file (ISO 28500), uncompressed: a .warc.gz is a run of
// gzip members, which the gzip reader joins.
func warcItems(ctx context.Context, r io.Reader, path string, yield func(Item, error) bool) bool {
	for item, err := range warcRecords(ctx, bufio.NewReaderSize(r, 256<<10)) {
		if err != nil && ctx.Err() == nil {
			return yield(broken(path, err), nil)
		}
		if !yield(item, err) || err != nil {
			return false
		}
	}
	return true
}

func warcRecords(ctx context.Context, br *bufio.Reader) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for {
			if err := ctx.Err(); err != nil {
				yield(Item{}, err)
				return
			}
			head, size, err := warcHeader(br)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Item{}, fmt.Errorf("WARC record: %w", err))
				return
			}
			block := &io.LimitedReader{R: br, N: size}
			if strings.EqualFold(head.Get("WARC-Type"), "response") && strings.HasPrefix(strings.ToLower(head.Get("Content-Type")), "application/http") {
				if item, ok := warcResponse(head, block); ok && !yield(item, nil) {
					return
				}
			}
			if _, err := io.Copy(io.Discard, block); err != nil {
				yield(Item{}, fmt.Errorf("WARC record: %w", err))
				return
			}
			if block.N > 0 {
				yield(Item{}, fmt.Errorf("WARC record: %w", io.ErrUnexpectedEOF))
				return
			}
		}
	}
}

// warcHeader reads the version line and the headers of a record, after the blank lines that end the one before.
func warcHeader(br *bufio.Reader) (textproto.MIMEHeader, int64, error) {
	for {
		b, err := br.Peek(1)
		if err != nil {
			return nil, 0, err
		}
		if b[0] != '\r' && b[0] != '\n' {
			break
		}
		if _, err := br.Discard(1); err != nil {
			return nil, 0, err
		}
	}
	limited := bufio.NewReader(&lineReader{br: br, left: maxWARCHeaderBytes})
	tp := textproto.NewReader(limited)
	version, err := tp.ReadLine()
	if err != nil {
		return nil, 0, err
	}
	if !strings.HasPrefix(version, "WARC/") {
		return nil, 0, errors.New("no WARC version line")
	}
	head, err := tp.ReadMIMEHeader()
	if err != nil {
		return nil, 0, err
	}
	size, err := strconv.ParseInt(head.Get("Content-Length"), 10, 64)
	if err != nil || size < 0 {
		return nil, 0, fmt.Errorf("bad Content-Length %q", head.Get("Content-Length"))
	}
	return head, size, nil
}

// lineReader gives the lines of br up to and with the first empty one, so that a buffered reader on top of it takes no
// byte of what follows.
type lineReader struct {
	br   *bufio.Reader
	left int
	rest []byte
	done bool
}

func (l *lineReader) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		if l.done {
			return 0, io.EOF
		}
		b, err := l.br.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return 0, io.ErrUnexpectedEOF
		}
		if l.left -= len(b); l.left < 0 {
			return 0, errors.New("headers are too long")
		}
		l.rest, l.done = b, len(b) <= 2 && err == nil
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// warcResponse reads the HTTP response in a record. It reports false if that is no page: another status or media type.
func warcResponse(head textproto.MIMEHeader, block io.Reader) (Item, bool) {
	item := Item{ID: strings.Trim(head.Get("WARC-Record-ID"), "<>")}
	fail := func(err error) (Item, bool) {
		item.Err = fmt.Errorf("HTTP response: %w", err)
		return item, true
	}
	resp, err := http.ReadResponse(bufio.NewReader(block), nil)
	if err != nil {
		return fail(err)
	}
	defer resp.Body.Close()
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode != http.StatusOK || media != "text/html" && media != "application/xhtml+xml" && media != "text/plain" && media != "" {
		return item, false
	}
	body, err := decode(resp.Header.Get("Content-Encoding"), resp.Body)
	if err != nil {
		return fail(err)
	}
	data, err := io.ReadAll(io.LimitReader(body, maxItemBytes))
	if err != nil {
		return fail(err)
	}
	src := &nutgrafv1.Source{Content: html(data, ""), Url: strings.Trim(head.Get("WARC-Target-URI"), "<>"), HttpHeaders: map[string]string{}}
	if media == "text/plain" {
		src.Content = plain(string(data))
	}
	if src.FetchTime, err = parseTime(head.Get("WARC-Date")); err != nil {
		return fail(err)
	}
	for _, k := range kept {
		if v := resp.Header.Get(k); v != "" {
			src.HttpHeaders[k] = strings.ToValidUTF8(v, "\uFFFD")
		}
	}
	item.Article = article(src)
	return item, true
}

func decode(encoding string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity", "none":
		return r, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		return zlib.NewReader(r)
	case "br":
		return brotli.NewReader(r), nil
	case "zstd":
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	}
	return nil, fmt.Errorf("unknown Content-Encoding %q", encoding)
}
