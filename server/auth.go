package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
)

// openMethods are the only ones that need no credentials once any are configured: all others are denied without, also those
// that do not exist yet.
var openMethods = map[string]bool{
	healthv1.Health_Check_FullMethodName:                                   true,
	healthv1.Health_Watch_FullMethodName:                                   true,
	healthv1.Health_List_FullMethodName:                                    true,
	reflectionv1.ServerReflection_ServerReflectionInfo_FullMethodName:      true,
	reflectionv1alpha.ServerReflection_ServerReflectionInfo_FullMethodName: true,
}

var (
	errNoCredentials  = errors.New("no credentials")
	errBadCredentials = errors.New("bad credentials")
)

// authenticator decides who a call comes from.
type authenticator struct {
	tokens       *reloaded[[]bearerToken]      // nil: none configured
	keys         *reloaded[jose.JSONWebKeySet] // nil: none configured
	certificates bool
	expected     jwt.Expected
	tenantClaim  string
}

// bearerToken is one line of the token file.
type bearerToken struct {
	tenant string
	hash   [sha256.Size]byte
}

var tenantPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,127}$`)

// parseTokens reads lines of a tenant and the SHA-256 of its token in hex. A token is as long as a key, so its hash needs no
// salt and no stretching. A tenant may have several, to replace one by another.
func parseTokens(contents [][]byte) ([]bearerToken, error) {
	var tokens []bearerToken
	lines := bufio.NewScanner(bytes.NewReader(contents[0]))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		// The line may hold a token in the clear by mistake: it stays out of the message.
		if len(fields) != 2 || !tenantPattern.MatchString(fields[0]) {
			return nil, fmt.Errorf("line %d: want a tenant and a hash", n)
		}
		t := bearerToken{tenant: fields[0]}
		hash, err := hex.DecodeString(fields[1])
		if err != nil || len(hash) != len(t.hash) {
			return nil, fmt.Errorf("line %d: want 64 hex digits, the SHA-256 of the token", n)
		}
		copy(t.hash[:], hash)
		tokens = append(tokens, t)
	}
	if tokens == nil && lines.Err() == nil {
		return nil, errors.New("no tokens") // more likely a file half written than a wish to lock everybody out
	}
	return tokens, lines.Err()
}

func parseKeys(contents [][]byte) (jose.JSONWebKeySet, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(contents[0], &set); err != nil {
		return set, fmt.Errorf("key set: %w", err)
	}
	for _, k := range set.Keys {
		if !k.IsPublic() {
			return set, fmt.Errorf("key %q is not a public key", k.KeyID)
		}
	}
	if len(set.Keys) == 0 {
		return set, errors.New("key set is empty")
	}
	return set, nil
}

// tenant returns who the credentials of a call say it comes from. A token counts before a certificate; a bad token is not
// made good by one.
func (a *authenticator) tenant(ctx context.Context, now time.Time) (string, error) {
	header := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(header) == 0 && a.certificates {
		if p, ok := peer.FromContext(ctx); ok {
			if info, ok := p.AuthInfo.(credentials.TLSInfo); ok && len(info.State.VerifiedChains) > 0 {
				if who := certificateTenant(info.State.VerifiedChains[0][0]); tenantPattern.MatchString(who) {
					return who, nil
				}
				return "", errBadCredentials
			}
		}
	}
	if len(header) == 0 {
		return "", errNoCredentials
	}
	scheme, sent, _ := strings.Cut(header[0], " ")
	if len(header) > 1 || !strings.EqualFold(scheme, "bearer") || sent == "" {
		return "", errBadCredentials
	}
	if a.tokens != nil {
		if who, ok := match(a.tokens.get(), sent); ok {
			return who, nil
		}
	}
	if a.keys != nil {
		if who, ok := a.verify(sent, now); ok {
			return who, nil
		}
	}
	return "", errBadCredentials
}

// match compares with every token, in a time that does not tell which of them came close.
func match(tokens []bearerToken, sent string) (tenant string, ok bool) {
	hash := sha256.Sum256([]byte(sent))
	found := -1
	for i := range tokens {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], tokens[i].hash[:]), i, found)
	}
	if found < 0 {
		return "", false
	}
	return tokens[found].tenant, true
}

// signatureAlgorithms are the asymmetric ones: a key set of public keys must never be taken for shared secrets.
var signatureAlgorithms = []jose.SignatureAlgorithm{
	jose.EdDSA, jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.PS384, jose.PS512, jose.RS256, jose.RS384, jose.RS512,
}

// verify checks a JSON Web Token (RFC 7519). One without an end of its validity is refused.
func (a *authenticator) verify(sent string, now time.Time) (tenant string, ok bool) {
	parsed, err := jwt.ParseSigned(sent, signatureAlgorithms)
	if err != nil {
		return "", false
	}
	var claims jwt.Claims
	all := map[string]any{}
	if err := parsed.Claims(a.keys.get(), &claims, &all); err != nil || claims.Expiry == nil {
		return "", false
	}
	expected := a.expected
	expected.Time = now
	if err := claims.Validate(expected); err != nil {
		return "", false
	}
	who, _ := all[a.tenantClaim].(string)
	return who, tenantPattern.MatchString(who)
}
