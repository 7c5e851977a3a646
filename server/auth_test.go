package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

const secret = "a-token-as-long-as-a-key-0123456789abcdef"

func tokenLine(tenant, token string) string {
	hash := sha256.Sum256([]byte(token))
	return tenant + " " + hex.EncodeToString(hash[:]) + "\n"
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := name
	if !filepath.IsAbs(name) {
		path = filepath.Join(t.TempDir(), name)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func withToken(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

func withTokens(t *testing.T) func(*Config) {
	file := writeFile(t, "tokens", "# tenants of the test\n\n"+tokenLine("other", "another-token")+tokenLine("acme", secret))
	return func(c *Config) { c.AuthTokensFile = file }
}

// TestDenyByDefault calls every method of every service that is registered, and some that are not, without credentials.
func TestDenyByDefault(t *testing.T) {
	tokens, dir := withTokens(t), t.TempDir()
	r := start(t, func(c *Config) { tokens(c); c.JobsDir = dir }, echo)
	if _, err := healthv1.NewHealthClient(r.conn).Check(t.Context(), &healthv1.HealthCheckRequest{}, grpc.WaitForReady(true)); err != nil {
		t.Errorf("health without credentials: %v", err)
	}
	open := 0
	methods := []string{"/nutgraf.v1.ExtractionService/AddedLater", "/nutgraf.v9.Other/Method"}
	for service, info := range r.newGRPC().GetServiceInfo() {
		for _, m := range info.Methods {
			methods = append(methods, "/"+service+"/"+m.Name)
		}
	}
	if len(methods) < 15 {
		t.Fatalf("only methods %v", methods)
	}
	for _, method := range methods {
		if strings.HasPrefix(method, "/grpc.health.v1.Health/") || strings.HasPrefix(method, "/grpc.reflection.v1") {
			open++
			continue
		}
		stream, err := r.conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
		if err != nil {
			t.Fatal(err)
		}
		_ = stream.SendMsg(&emptypb.Empty{})
		_ = stream.CloseSend()
		err = stream.RecvMsg(&emptypb.Empty{})
		if reason, _, _ := details(t, err); status.Code(err) != codes.Unauthenticated || reason != string(reasonNoCredentials) {
			t.Errorf("%s: %v with reason %q, want UNAUTHENTICATED", method, err, reason)
		}
		resp, _ := do(t, http.MethodPost, r.http+method, map[string]string{"Content-Type": "application/proto", "Connect-Protocol-Version": "1"}, nil)
		if resp.StatusCode == http.StatusOK {
			t.Errorf("%s over HTTP: %s", method, resp.Status)
		}
	}
	if open != len(openMethods) {
		t.Errorf("%d open methods are registered, %d are named", open, len(openMethods))
	}
	for _, rest := range []string{"/v1/serverInfo", "/v1/extractors"} {
		if resp, body := do(t, http.MethodGet, r.http+rest, nil, nil); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("REST %s: %s %s", rest, resp.Status, body)
		}
	}
}

func TestBearerToken(t *testing.T) {
	r := start(t, withTokens(t), echo)
	for name, test := range map[string]struct {
		header []string
		want   codes.Code
	}{
		"good":             {[]string{"Bearer " + secret}, codes.OK},
		"scheme's case":    {[]string{"bearer " + secret}, codes.OK},
		"wrong":            {[]string{"Bearer " + secret + "x"}, codes.Unauthenticated},
		"its hash":         {[]string{"Bearer " + strings.Fields(tokenLine("acme", secret))[1]}, codes.Unauthenticated},
		"empty":            {[]string{"Bearer "}, codes.Unauthenticated},
		"no scheme":        {[]string{secret}, codes.Unauthenticated},
		"basic":            {[]string{"Basic " + secret}, codes.Unauthenticated},
		"two":              {[]string{"Bearer wrong", "Bearer " + secret}, codes.Unauthenticated},
		"a space too much": {[]string{"Bearer  " + secret}, codes.Unauthenticated},
	} {
		for way, extract := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				ctx := metadata.NewOutgoingContext(t.Context(), metadata.MD{"authorization": test.header})
				if _, err := extract(ctx, r.client, article("x")); status.Code(err) != test.want {
					t.Errorf("error = %v, want %v", err, test.want)
				}
			})
		}
	}
	resp, _ := do(t, http.MethodGet, r.http+"/v1/serverInfo", map[string]string{"Authorization": "Bearer " + secret}, nil)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("REST with a token: %s", resp.Status)
	}
	if !strings.Contains(r.logs.String(), `"tenant":"acme"`) {
		t.Errorf("log lacks the tenant:\n%s", r.logs)
	}
}

func TestTokensReload(t *testing.T) {
	file := writeFile(t, "tokens", tokenLine("acme", "old"))
	r := start(t, func(c *Config) { c.AuthTokensFile, c.ReloadInterval = file, 5*time.Millisecond }, echo)
	accepted := func(token string) bool {
		_, err := r.client.GetServerInfo(withToken(t.Context(), token), &nutgrafv1.GetServerInfoRequest{})
		return err == nil
	}
	if !accepted("old") || accepted("new") {
		t.Fatal("want the old token only")
	}
	writeFile(t, file, tokenLine("acme", "new"))
	eventually(t, "the new token is in force", func() bool { return accepted("new") && !accepted("old") })
	writeFile(t, file, "acme in-the-clear\n")
	eventually(t, "an error in the log", func() bool { return strings.Contains(r.logs.String(), `"msg":"reload"`) })
	if !accepted("new") {
		t.Error("a file that cannot be read took the tokens away")
	}
	if strings.Contains(r.logs.String(), "in-the-clear") {
		t.Error("log holds what the file holds")
	}
}

func TestJWT(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, "keys.json", string(set))
	r := start(t, func(c *Config) {
		c.AuthJWTKeysFile, c.AuthJWTIssuer, c.AuthJWTAudience = file, "https://id.example", "nutgraf"
	}, echo)
	sign := func(alg jose.SignatureAlgorithm, key any, claims map[string]any) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	claims := func(change string, value any) map[string]any {
		c := map[string]any{"iss": "https://id.example", "aud": "nutgraf", "sub": "acme", "exp": time.Now().Add(time.Hour).Unix()}
		if value == nil {
			delete(c, change)
		} else {
			c[change] = value
		}
		return c
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		token string
		want  codes.Code
	}{
		"good":              {sign(jose.ES256, key, claims("sub", "acme")), codes.OK},
		"several audiences": {sign(jose.ES256, key, claims("aud", []string{"x", "nutgraf"})), codes.OK},
		"stranger's key":    {sign(jose.ES256, stranger, claims("sub", "acme")), codes.Unauthenticated},
		"public as secret":  {sign(jose.HS256, der, claims("sub", "acme")), codes.Unauthenticated},
		"expired":           {sign(jose.ES256, key, claims("exp", time.Now().Add(-time.Hour).Unix())), codes.Unauthenticated},
		"not yet":           {sign(jose.ES256, key, claims("nbf", time.Now().Add(time.Hour).Unix())), codes.Unauthenticated},
		"without end":       {sign(jose.ES256, key, claims("exp", nil)), codes.Unauthenticated},
		"other issuer":      {sign(jose.ES256, key, claims("iss", "https://evil.example")), codes.Unauthenticated},
		"other audience":    {sign(jose.ES256, key, claims("aud", "mail")), codes.Unauthenticated},
		"no tenant":         {sign(jose.ES256, key, claims("sub", nil)), codes.Unauthenticated},
		"odd tenant":        {sign(jose.ES256, key, claims("sub", "a b\n")), codes.Unauthenticated},
		"unsigned":          {"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhY21lIn0.", codes.Unauthenticated},
		"rubbish":           {"a.b.c", codes.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.client.GetServerInfo(withToken(t.Context(), test.token), &nutgrafv1.GetServerInfoRequest{})
			if status.Code(err) != test.want {
				t.Errorf("error = %v, want %v", err, test.want)
			}
		})
	}
}

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{}
	a.cert, a.key = a.issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

var serial int64

func (a *authority) issue(t *testing.T, c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial++
	c.SerialNumber = big.NewInt(serial)
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := c, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func pemOf(t *testing.T, cert *x509.Certificate, key *ecdsa.PrivateKey) (certPEM, keyPEM string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// tlsFiles writes a certificate of the authority for localhost.
func tlsFiles(t *testing.T, a *authority, name string) (certFile, keyFile string) {
	cert, key := a.issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	certPEM, keyPEM := pemOf(t, cert, key)
	return writeFile(t, "cert.pem", certPEM), writeFile(t, "key.pem", keyPEM)
}

// dialTLS calls the server's gRPC listener, which is a TCP one here.
func dialTLS(t *testing.T, addr string, cfg *tls.Config) nutgrafv1.ExtractionServiceClient {
	t.Helper()
	cfg.ServerName = "localhost"
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(cfg)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return nutgrafv1.NewExtractionServiceClient(conn)
}

func tenantOf(t *testing.T, r *running, c nutgrafv1.ExtractionServiceClient, ctx context.Context) (string, error) {
	t.Helper()
	var header metadata.MD
	_, err := c.GetServerInfo(ctx, &nutgrafv1.GetServerInfoRequest{}, grpc.Header(&header))
	if err != nil {
		return "", err
	}
	var line struct {
		RequestID string `json:"request_id"`
		Tenant    string `json:"tenant"`
	}
	found := false
	eventually(t, "a line in the log", func() bool {
		for l := range strings.SplitSeq(r.logs.String(), "\n") {
			if json.Unmarshal([]byte(l), &line) == nil && line.RequestID != "" && line.RequestID == header.Get(requestIDHeader)[0] {
				found = true
			}
			if found {
				return true
			}
		}
		return false
	})
	return line.Tenant, nil
}

func TestMutualTLS(t *testing.T) {
	servers, clients, strangers := newAuthority(t), newAuthority(t), newAuthority(t)
	certFile, keyFile := tlsFiles(t, servers, "server")
	caPEM, _ := pemOf(t, clients.cert, clients.key)
	caFile := writeFile(t, "ca.pem", caPEM)
	client := func(a *authority, c *x509.Certificate) tls.Certificate {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		cert, key := a.issue(t, c)
		return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
	}
	named := client(clients, &x509.Certificate{Subject: pkix.Name{CommonName: "acme"}})
	uri, err := url.Parse("spiffe://example.org/paper")
	if err != nil {
		t.Fatal(err)
	}
	spiffe := client(clients, &x509.Certificate{Subject: pkix.Name{CommonName: "ignored"}, URIs: []*url.URL{uri}})
	nameless := client(clients, &x509.Certificate{})
	strange := client(strangers, &x509.Certificate{Subject: pkix.Name{CommonName: "acme"}})

	for _, tokens := range []bool{false, true} {
		r := start(t, func(c *Config) {
			overTCP(c)
			c.TLSCertFile, c.TLSKeyFile, c.TLSClientCAFile = certFile, keyFile, caFile
			if tokens {
				withTokens(t)(c)
			}
		}, echo)
		for name, test := range map[string]struct {
			certs  []tls.Certificate
			token  string
			tenant string // "" means refused
		}{
			"common name":       {[]tls.Certificate{named}, "", "acme"},
			"URI":               {[]tls.Certificate{spiffe}, "", "spiffe://example.org/paper"},
			"no name":           {[]tls.Certificate{nameless}, "", ""},
			"stranger":          {[]tls.Certificate{strange}, "", ""},
			"no certificate":    {nil, "", ""},
			"bad token as well": {[]tls.Certificate{named}, "wrong", ""},
		} {
			t.Run(fmt.Sprintf("tokens %v/%s", tokens, name), func(t *testing.T) {
				c := dialTLS(t, r.grpc, &tls.Config{RootCAs: servers.pool(), Certificates: test.certs})
				ctx := t.Context()
				if test.token != "" {
					ctx = withToken(ctx, test.token)
				}
				got, err := tenantOf(t, r, c, ctx)
				if got != test.tenant || (err != nil) != (test.tenant == "") {
					t.Errorf("tenant %q, error %v, want %q", got, err, test.tenant)
				}
			})
		}
		if tokens {
			c := dialTLS(t, r.grpc, &tls.Config{RootCAs: servers.pool()})
			if got, err := tenantOf(t, r, c, withToken(t.Context(), secret)); err != nil || got != "acme" {
				t.Errorf("a token without a certificate: %q, %v", got, err)
			}
		}
	}
}

func TestTLS(t *testing.T) {
	old, next := newAuthority(t), newAuthority(t)
	certFile, keyFile := tlsFiles(t, old, "old")
	r := start(t, func(c *Config) {
		overTCP(c)
		c.TLSCertFile, c.TLSKeyFile, c.ReloadInterval = certFile, keyFile, 5*time.Millisecond
	}, echo)
	handshake := func(addr string, cfg *tls.Config) error {
		cfg.ServerName = "localhost"
		conn, err := (&tls.Dialer{Config: cfg, NetDialer: &net.Dialer{Timeout: 5 * time.Second}}).DialContext(t.Context(), "tcp", addr)
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	web := strings.TrimPrefix(r.http, "http://")
	for _, addr := range []string{r.grpc, web} {
		for _, protocols := range [][]string{{"h2"}} {
			if err := handshake(addr, &tls.Config{RootCAs: old.pool(), NextProtos: protocols}); err != nil {
				t.Errorf("%s: %v", addr, err)
			}
			if err := handshake(addr, &tls.Config{RootCAs: old.pool(), NextProtos: protocols, MaxVersion: tls.VersionTLS11}); err == nil {
				t.Errorf("%s: TLS 1.1 was accepted", addr)
			}
		}
	}
	certPEM, err := os.ReadFile(mustTLS(t, next, certFile, keyFile))
	if err != nil || len(certPEM) == 0 {
		t.Fatal(err)
	}
	for _, addr := range []string{r.grpc, web} {
		eventually(t, "the new certificate is in force", func() bool {
			return handshake(addr, &tls.Config{RootCAs: next.pool(), NextProtos: []string{"h2"}}) == nil
		})
	}
}

// mustTLS replaces the certificate and key in their files.
func mustTLS(t *testing.T, a *authority, certFile, keyFile string) string {
	t.Helper()
	newCert, newKey := tlsFiles(t, a, "new")
	for from, to := range map[string]string{newCert: certFile, newKey: keyFile} {
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, to, string(content))
	}
	return certFile
}

func FuzzParseTokens(f *testing.F) {
	f.Add([]byte(tokenLine("acme", secret)))
	f.Add([]byte("# comment\n\nacme 00\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		tokens, err := parseTokens([][]byte{file})
		for _, tok := range tokens {
			if err == nil && !tenantPattern.MatchString(tok.tenant) {
				t.Errorf("accepted tenant %q", tok.tenant)
			}
		}
	})
}

// FuzzBearer wants no header but the right one to be let in.
func FuzzBearer(f *testing.F) {
	tokens, err := parseTokens([][]byte{[]byte(tokenLine("acme", secret))})
	if err != nil {
		f.Fatal(err)
	}
	r := &reloaded[[]bearerToken]{}
	r.value.Store(&tokens)
	a := &authenticator{tokens: r}
	f.Add("Bearer " + secret)
	f.Add("Bearer x")
	f.Fuzz(func(t *testing.T, header string) {
		who, err := a.tenant(metadata.NewIncomingContext(t.Context(), metadata.MD{"authorization": {header}}), time.Unix(0, 0))
		good := strings.HasSuffix(header, " "+secret) && strings.EqualFold(header[:len(header)-len(secret)-1], "bearer")
		if good != (err == nil) || good != (who == "acme") {
			t.Errorf("header %q: tenant %q, %v", header, who, err)
		}
	})
}
