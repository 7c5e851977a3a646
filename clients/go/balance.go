package nutgraf

import (
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
)

// roundRobin spreads calls over all addresses of a target; grpc-go's default is to use the first that answers.
const roundRobin = `{"loadBalancingConfig": [{"round_robin": {}}]}`

// balance returns what to dial for a target that may list several servers, divided by commas.
func balance(target string) (string, []grpc.DialOption) {
	options := []grpc.DialOption{grpc.WithDefaultServiceConfig(roundRobin)}
	hosts := strings.Split(target, ",")
	if len(hosts) == 1 {
		return target, options
	}
	var state resolver.State
	for _, h := range hosts {
		address := resolver.Address{Addr: strings.TrimSpace(h)}
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{address}})
	}
	r := manual.NewBuilderWithScheme("nutgraf-list")
	r.InitialState(state)
	return r.Scheme() + ":///" + hosts[0], append(options, grpc.WithResolvers(r))
}
