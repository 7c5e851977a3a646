package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// reloaded is a value read from files, read again when they change. A change that cannot be read leaves the old value in
// force.
type reloaded[T any] struct {
	files []string
	parse func(contents [][]byte) (T, error)
	value atomic.Pointer[T]
	sum   []byte // of what value was made from, or of what could not be read
}

// newReloaded reads the files for the first time.
func newReloaded[T any](parse func([][]byte) (T, error), files ...string) (*reloaded[T], error) {
	r := &reloaded[T]{files: files, parse: parse}
	if _, err := r.reload(); err != nil {
		return nil, err
	}
	return r, nil
}

// get returns the value in force.
func (r *reloaded[T]) get() T { return *r.value.Load() }

// reload reads the files and reports whether they have changed.
func (r *reloaded[T]) reload() (changed bool, err error) {
	contents := make([][]byte, len(r.files))
	h := sha256.New()
	for i, name := range r.files {
		if contents[i], err = os.ReadFile(name); err != nil {
			return false, err
		}
		fmt.Fprintf(h, "%d ", len(contents[i]))
		h.Write(contents[i])
	}
	sum := h.Sum(nil)
	if bytes.Equal(sum, r.sum) {
		return false, nil
	}
	r.sum = sum
	v, err := r.parse(contents)
	if err != nil {
		return true, fmt.Errorf("%v: %w", r.files, err)
	}
	r.value.Store(&v)
	return true, nil
}

// Results of a reload in metrics.
const (
	reloadGood = "good"
	reloadBad  = "bad"
)

// watchFile reloads at the configured interval until ctx is done. Contents are compared, for the files of a mounted Kubernetes
// secret change by a symbolic link far above them.
func watchFile[T any](ctx context.Context, s *Server, r *reloaded[T]) {
	ticker := time.NewTicker(s.cfg.ReloadInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			switch changed, err := r.reload(); {
			case err != nil:
				s.metrics.reloads.WithLabelValues(reloadBad).Inc()
				s.log.Error("reload", "files", r.files, "error", err)
			case changed:
				s.metrics.reloads.WithLabelValues(reloadGood).Inc()
				s.log.Info("reloaded", "files", r.files)
			}
		}
	}
}
