package server

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"time"

	"github.com/peterbourgon/ff/v3"
	"github.com/peterbourgon/ff/v3/ffyaml"
)

// Config is all that an operator can set. DefaultConfig serves as it is.
type Config struct {
	// Addresses to listen on; empty turns that listener off.
	Listen, HTTPListen, AdminListen string
	// AllowedOrigins are the origins from which browsers may call; "*" is any.
	AllowedOrigins []string
	Reflection     bool
	// Limits of one call.
	MaxResponseBytes, MaxBatchItems, MaxStreamInFlight int
	MaxArticleTime                                     time.Duration
	// Limits of the process.
	Workers, MaxHeld int
	// MaxWaiting bounds the single calls of one tenant that wait for a worker; 0 means five for each worker.
	MaxWaiting   int
	MaxHeldBytes int64
	// MaxConnections bounds the connections of each public listener; more wait to be accepted.
	MaxConnections int
	// MemoryLimit is what the process may use, in bytes; 0 means no limit.
	MemoryLimit int64
	// Tenant bounds what each tenant uses; without credentials all callers are one tenant.
	Tenant Quota
	// TenantQuotasFile holds tenants that have limits of their own.
	TenantQuotasFile string
	// TLSCertFile and TLSKeyFile turn TLS on; TLSClientCAFile asks clients for a certificate of that authority.
	TLSCertFile, TLSKeyFile, TLSClientCAFile string
	// AuthTokensFile holds tenants and hashes of their tokens, AuthJWTKeysFile a JSON Web Key Set.
	AuthTokensFile, AuthJWTKeysFile, AuthJWTIssuer, AuthJWTAudience, AuthJWTTenantClaim string
	// ReloadInterval is how often the files above are looked at.
	ReloadInterval time.Duration
	// JobsDir is the folder of the embedded job store, JobsDirAuto for one in this user's home, "" for none. JobsURL is that of
	// a NATS cluster to keep jobs in instead.
	JobsDir, JobsURL string
	JobsReplicas     int
	JobsMaxItems     int64
	JobsMaxBytes     int64
	JobsMinFreeBytes int64
	JobsRetention    time.Duration
	// DrainTime bounds how long a stopping server waits for calls to end.
	DrainTime time.Duration
	LogLevel  string
	LogFormat string
	// OTLPEndpoint is the URL traces are sent to; empty means no traces.
	OTLPEndpoint string
}

// DefaultConfig returns the configuration of a server that nobody configured: open to this machine only.
func DefaultConfig() Config {
	return Config{
		Listen:             "127.0.0.1:50051",
		HTTPListen:         "127.0.0.1:8080",
		AdminListen:        "127.0.0.1:9090",
		Reflection:         true,
		MaxResponseBytes:   4<<20 - 64<<10,
		MaxBatchItems:      100,
		MaxStreamInFlight:  16,
		MaxArticleTime:     30 * time.Second,
		Workers:            runtime.GOMAXPROCS(0),
		MaxHeld:            1024,
		MaxHeldBytes:       512 << 20,
		MaxConnections:     4096,
		MemoryLimit:        ContainerMemoryLimit(),
		AuthJWTTenantClaim: "sub",
		JobsReplicas:       3,
		JobsMaxItems:       1_000_000,
		JobsMinFreeBytes:   256 << 20,
		JobsRetention:      7 * 24 * time.Hour,
		ReloadInterval:     10 * time.Second,
		DrainTime:          20 * time.Second,
		LogLevel:           "info",
		LogFormat:          "json",
	}
}

// JobsDirAuto stands for a folder in the state directory of this user. Only one server can use it; others do without jobs.
const JobsDirAuto = "auto"

// ParseConfig reads the configuration from flags, then from NUTGRAF_* variables, then from the YAML file of --config; the
// first that names a setting counts. Help goes to out, with flag.ErrHelp returned.
func ParseConfig(args []string, out io.Writer) (Config, error) {
	cfg := DefaultConfig()
	cfg.JobsDir = JobsDirAuto
	fs := flag.NewFlagSet("nutgraf serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	cfg.flags(fs)
	fs.String("config", "", "YAML `file` with any of these settings, by flag name")
	err := ff.Parse(fs, args, ff.WithEnvVarPrefix("NUTGRAF"), ff.WithConfigFileFlag("config"), ff.WithConfigFileParser(ffyaml.Parser))
	if errors.Is(err, flag.ErrHelp) {
		printHelp(fs, out)
		return cfg, flag.ErrHelp
	}
	if err != nil {
		return cfg, err
	}
	if cfg.JobsDir == "off" {
		cfg.JobsDir = ""
	}
	if fs.NArg() > 0 {
		return cfg, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return cfg, cfg.check()
}

func (c *Config) flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Listen, "listen", c.Listen, "`host:port` for gRPC")
	fs.StringVar(&c.HTTPListen, "http-listen", c.HTTPListen, "`host:port` for Connect, gRPC-Web and REST over HTTP/1.1 and h2c; empty: off")
	fs.StringVar(&c.AdminListen, "admin-listen", c.AdminListen, "`host:port` for /metrics and /debug/pprof; empty: off")
	fs.Var((*list)(&c.AllowedOrigins), "allowed-origins", "comma-separated `origins` from which browsers may call the HTTP listener, * for any; empty: none")
	fs.BoolVar(&c.Reflection, "reflection", c.Reflection, "serve gRPC reflection")
	fs.IntVar(&c.MaxResponseBytes, "max-response-bytes", c.MaxResponseBytes, "largest answer in `bytes`; larger ones lose parts, each with a warning")
	fs.IntVar(&c.MaxBatchItems, "max-batch-items", c.MaxBatchItems, "most `items` of one ExtractBatch")
	fs.IntVar(&c.MaxStreamInFlight, "max-stream-in-flight", c.MaxStreamInFlight, "most `items` of one stream read and not yet answered")
	fs.DurationVar(&c.MaxArticleTime, "max-article-time", c.MaxArticleTime, "longest `time` at work on one article")
	fs.IntVar(&c.Workers, "workers", c.Workers, "`articles` worked on at the same time")
	fs.IntVar(&c.MaxWaiting, "max-waiting", c.MaxWaiting, "most single `calls` of one tenant that wait for a worker; more are refused with RESOURCE_EXHAUSTED; 0: five for each worker")
	fs.IntVar(&c.MaxHeld, "max-held", c.MaxHeld, "most `articles` at work or waiting; more are refused with RESOURCE_EXHAUSTED")
	fs.Int64Var(&c.MaxHeldBytes, "max-held-bytes", c.MaxHeldBytes, "most `bytes` of content at work or waiting; more are refused with RESOURCE_EXHAUSTED")
	fs.IntVar(&c.MaxConnections, "max-connections", c.MaxConnections, "most `connections` of each listener; more wait to be accepted")
	fs.Int64Var(&c.MemoryLimit, "memory-limit", c.MemoryLimit, "most `bytes` of memory of the process, the default being the container's limit; 0: no limit")
	fs.IntVar(&c.Tenant.Held, "tenant-max-held", c.Tenant.Held, "most `articles` of one tenant at work or waiting; 0: no limit of its own")
	fs.Int64Var(&c.Tenant.HeldBytes, "tenant-max-held-bytes", c.Tenant.HeldBytes, "most `bytes` of one tenant at work or waiting; 0: no limit of its own")
	fs.Float64Var(&c.Tenant.Articles, "tenant-articles-per-second", c.Tenant.Articles, "`rate` of articles of one tenant; 0: no limit")
	fs.Float64Var(&c.Tenant.Bytes, "tenant-bytes-per-second", c.Tenant.Bytes, "`rate` of bytes of content of one tenant; 0: no limit")
	fs.Float64Var(&c.Tenant.CPU, "tenant-cpu", c.Tenant.CPU, "`seconds` at work per second of one tenant; 0: no limit")
	fs.StringVar(&c.TenantQuotasFile, "tenant-quotas-file", c.TenantQuotasFile, "`file` with a tenant on each line and limits of its own, such as acme max-held=64 max-held-bytes=1e8 articles-per-second=20 bytes-per-second=2e6 cpu=1.5; what it does not name is as above")
	fs.StringVar(&c.TLSCertFile, "tls-cert-file", c.TLSCertFile, "PEM `file` with the server's certificate chain; empty: no TLS")
	fs.StringVar(&c.TLSKeyFile, "tls-key-file", c.TLSKeyFile, "PEM `file` with its private key")
	fs.StringVar(&c.TLSClientCAFile, "tls-client-ca-file", c.TLSClientCAFile, "PEM `file` with the authorities of client certificates, which are then asked for; a tenant is the certificate's first URI, else its common name")
	fs.StringVar(&c.AuthTokensFile, "auth-tokens-file", c.AuthTokensFile, "`file` with a tenant and the SHA-256 of its bearer token in hex on each line")
	fs.StringVar(&c.AuthJWTKeysFile, "auth-jwt-keys-file", c.AuthJWTKeysFile, "JSON Web Key Set `file` with the public keys that sign bearer tokens")
	fs.StringVar(&c.AuthJWTIssuer, "auth-jwt-issuer", c.AuthJWTIssuer, "`issuer` that such tokens must name; needed with auth-jwt-keys-file")
	fs.StringVar(&c.AuthJWTAudience, "auth-jwt-audience", c.AuthJWTAudience, "`audience` that such tokens must name; needed with auth-jwt-keys-file")
	fs.StringVar(&c.AuthJWTTenantClaim, "auth-jwt-tenant-claim", c.AuthJWTTenantClaim, "`claim` of such tokens that names the tenant")
	fs.DurationVar(&c.ReloadInterval, "reload-interval", c.ReloadInterval, "`time` between looks at the files of TLS, credentials and quotas")
	fs.DurationVar(&c.DrainTime, "drain-time", c.DrainTime, "longest `time` to finish calls after SIGTERM")
	fs.StringVar(&c.JobsDir, "jobs-dir", c.JobsDir, "`folder` of the embedded job store; auto: in this user's state directory; off: no jobs")
	fs.StringVar(&c.JobsURL, "jobs-url", c.JobsURL, "`URL` of a NATS cluster with JetStream that keeps jobs instead; every server of it works on them")
	fs.IntVar(&c.JobsReplicas, "jobs-replicas", c.JobsReplicas, "`copies` of each job on such a cluster")
	fs.Int64Var(&c.JobsMaxItems, "jobs-max-items", c.JobsMaxItems, "most `items` of one job")
	fs.Int64Var(&c.JobsMaxBytes, "jobs-max-bytes", c.JobsMaxBytes, "most `bytes` of the embedded store on disk; 0: what the disk has")
	fs.Int64Var(&c.JobsMinFreeBytes, "jobs-min-free-bytes", c.JobsMinFreeBytes, "`bytes` that the embedded store leaves free on its disk")
	fs.DurationVar(&c.JobsRetention, "jobs-retention", c.JobsRetention, "`time` that results stay after a job's end")
	fs.StringVar(&c.LogLevel, "log-level", c.LogLevel, "`level`: debug, info, warn or error")
	fs.StringVar(&c.LogFormat, "log-format", c.LogFormat, "`format` of logs on standard error: json or text")
	fs.StringVar(&c.OTLPEndpoint, "otlp-endpoint", c.OTLPEndpoint, "`URL` of an OTLP/gRPC collector of traces; empty: no traces")
}

func (c *Config) check() error {
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"max-response-bytes", int64(c.MaxResponseBytes)},
		{"max-batch-items", int64(c.MaxBatchItems)},
		{"max-stream-in-flight", int64(c.MaxStreamInFlight)},
		{"max-article-time", int64(c.MaxArticleTime)},
		{"workers", int64(c.Workers)},
		{"max-held", int64(c.MaxHeld)},
		{"max-held-bytes", c.MaxHeldBytes},
		{"max-connections", int64(c.MaxConnections)},
		{"reload-interval", int64(c.ReloadInterval)},
		{"jobs-replicas", int64(c.JobsReplicas)},
		{"jobs-max-items", c.JobsMaxItems},
		{"jobs-retention", int64(c.JobsRetention)},
		{"jobs-min-free-bytes", c.JobsMinFreeBytes},
		{"drain-time", int64(c.DrainTime)},
	} {
		if n.value <= 0 {
			return fmt.Errorf("%s: must be above 0", n.name)
		}
	}
	for name, n := range map[string]float64{
		"max-waiting":                float64(c.MaxWaiting),
		"memory-limit":               float64(c.MemoryLimit),
		"tenant-max-held":            float64(c.Tenant.Held),
		"tenant-max-held-bytes":      float64(c.Tenant.HeldBytes),
		"tenant-articles-per-second": c.Tenant.Articles,
		"tenant-bytes-per-second":    c.Tenant.Bytes,
		"tenant-cpu":                 c.Tenant.CPU,
	} {
		if !(n >= 0) || math.IsInf(n, 1) {
			return fmt.Errorf("%s: must be 0 or above", name)
		}
	}
	switch {
	case c.Listen == "" && c.HTTPListen == "":
		return errors.New("listen and http-listen are both empty: nothing to serve on")
	case (c.TLSCertFile == "") != (c.TLSKeyFile == ""):
		return errors.New("tls-cert-file and tls-key-file: one without the other")
	case c.TLSClientCAFile != "" && c.TLSCertFile == "":
		return errors.New("tls-client-ca-file: needs tls-cert-file")
	case c.AuthJWTKeysFile != "" && (c.AuthJWTIssuer == "" || c.AuthJWTAudience == "" || c.AuthJWTTenantClaim == ""):
		return errors.New("auth-jwt-keys-file: needs auth-jwt-issuer, auth-jwt-audience and auth-jwt-tenant-claim")
	}
	return nil
}

// printHelp documents every setting under all its names.
func printHelp(fs *flag.FlagSet, out io.Writer) {
	fmt.Fprint(out, "usage: nutgraf serve [flags]\n\nEach setting is a flag, an environment variable, or a key of the YAML file; the first of these counts.\n\n")
	fs.VisitAll(func(f *flag.Flag) {
		kind, text := flag.UnquoteUsage(f)
		env := "NUTGRAF_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		fmt.Fprintf(out, "  --%s %s\n      %s\n      %s", f.Name, kind, text, env)
		if f.DefValue != "" {
			fmt.Fprintf(out, " (default %s)", f.DefValue)
		}
		fmt.Fprintln(out)
	})
}

// list is a flag of comma-separated values, which may be given more than once.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	for v := range strings.SplitSeq(value, ",") {
		if v = strings.TrimSpace(v); v != "" {
			*l = append(*l, v)
		}
	}
	return nil
}
