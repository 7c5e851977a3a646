// Command bulk shows that bulk work survives: real server processes on loopback, killed and restarted under load.
//
//	go run ./bench/bulk crash -rounds 200      kill -9 while items are added, worked on and read
//	go run ./bench/bulk drain -rounds 100      SIGTERM in the middle of streams
//	go run ./bench/bulk poison                 one bad item anywhere among a thousand
//	go run ./bench/bulk cluster                three servers on a three-node JetStream, one node killed
//	go run ./bench/bulk disk                   a disk that fills up, and empties (needs to mount a tmpfs)
//	go run ./bench/bulk throughput             a stream against extraction in process
//	go run ./bench/bulk soak -items 200000     memory and goroutines over a long stream
//	go run ./bench/bulk overload               five times capacity
//	go run ./bench/bulk tenants                a tenant that floods, and another
//	go run ./bench/bulk idle -items 10000      what streams cost that do nothing
//
// Each ends with one line of figures, or fails with what went wrong.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
)

type scenario struct {
	name string
	run  func(b *bench) error
}

var scenarios = []scenario{
	{"crash", (*bench).crash},
	{"drain", (*bench).drain},
	{"poison", (*bench).poison},
	{"cluster", (*bench).cluster},
	{"disk", (*bench).disk},
	{"throughput", (*bench).throughput},
	{"soak", (*bench).soak},
	{"overload", (*bench).overload},
	{"tenants", (*bench).tenants},
	{"idle", (*bench).idle},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == natsNode {
		runNATSNode(os.Args[2:])
		return
	}
	if len(os.Args) > 1 && slices.Contains([]string{inProcess, streamClient, loadRole, spinRole}, os.Args[1]) {
		if err := runRole(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, os.Args[1]+":", err)
			os.Exit(1)
		}
		return
	}
	for _, s := range scenarios {
		if len(os.Args) < 2 || os.Args[1] != s.name {
			continue
		}
		fs := flag.NewFlagSet(s.name, flag.ExitOnError)
		b := &bench{}
		fs.IntVar(&b.rounds, "rounds", 20, "how often the server is ended, or the measurement made")
		fs.IntVar(&b.items, "items", 2000, "articles")
		fs.Uint64Var(&b.seed, "seed", 1, "of all chance")
		_ = fs.Parse(os.Args[2:])
		if err := b.prepare(); err != nil {
			fmt.Fprintln(os.Stderr, "prepare:", err)
			os.Exit(1)
		}
		err := s.run(b)
		b.cleanUp()
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", s.name, err)
			os.Exit(1)
		}
		return
	}
	fmt.Fprintln(os.Stderr, "usage: bulk SCENARIO [-rounds N] [-items N] [-seed N]; see the package comment")
	os.Exit(2)
}
