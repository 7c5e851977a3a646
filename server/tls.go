package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// transportSecurity is what the TLS files hold.
type transportSecurity struct {
	certificate tls.Certificate
	clients     *x509.CertPool // nil if clients need no certificate
}

func parseTransportSecurity(contents [][]byte) (transportSecurity, error) {
	var t transportSecurity
	var err error
	if t.certificate, err = tls.X509KeyPair(contents[0], contents[1]); err != nil {
		return t, fmt.Errorf("certificate: %w", err)
	}
	if len(contents) > 2 {
		t.clients = x509.NewCertPool()
		if !t.clients.AppendCertsFromPEM(contents[2]) {
			return t, errors.New("no certificate of an authority for clients")
		}
	}
	return t, nil
}

// tlsConfig returns a configuration that always uses the files as they are now. Where a client may also show a token, it need
// not show a certificate.
func tlsConfig(files *reloaded[transportSecurity], tokens bool) *tls.Config {
	base := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	base.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		now := files.get()
		cfg := base.Clone()
		cfg.GetConfigForClient = nil
		cfg.Certificates = []tls.Certificate{now.certificate}
		if now.clients != nil {
			cfg.ClientCAs, cfg.ClientAuth = now.clients, tls.RequireAndVerifyClientCert
			if tokens {
				cfg.ClientAuth = tls.VerifyClientCertIfGiven
			}
		}
		return cfg, nil
	}
	return base
}

// certificateTenant returns who a verified client certificate names: its first URI, else its common name.
func certificateTenant(c *x509.Certificate) string {
	if len(c.URIs) > 0 {
		return c.URIs[0].String()
	}
	return c.Subject.CommonName
}
