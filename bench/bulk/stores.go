package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"google.golang.org/grpc/codes"
)

// natsNode is the first argument of this program when it runs as a node of a NATS cluster, in a process of its own.
const natsNode = "nats-node"

type nodeConfig struct {
	Name, Dir     string
	Port, Cluster int
	Routes        []string
}

func runNATSNode(args []string) {
	var c nodeConfig
	if err := json.Unmarshal([]byte(args[0]), &c); err != nil {
		panic(err)
	}
	ns, err := natsserver.NewServer(&natsserver.Options{
		ServerName: c.Name, Host: "127.0.0.1", Port: c.Port, JetStream: true, StoreDir: c.Dir, SyncAlways: true, MaxPayload: 20 << 20,
		Cluster: natsserver.ClusterOpts{Name: "bulk", Host: "127.0.0.1", Port: c.Cluster},
		Routes:  natsserver.RoutesFromStr(strings.Join(c.Routes, ",")), NoSigs: true, NoLog: os.Getenv("BULK_LOG") == "",
	})
	if err != nil {
		panic(err)
	}
	if os.Getenv("BULK_LOG") != "" {
		ns.ConfigureLogger()
	}
	ns.Start()
	ns.WaitForShutdown()
}

func freePort() (int, error) {
	addr, err := freeAddress()
	if err != nil {
		return 0, err
	}
	var port int
	_, err = fmt.Sscanf(addr[strings.LastIndexByte(addr, ':')+1:], "%d", &port)
	return port, err
}

// startCluster starts three nodes of JetStream.
func (b *bench) startCluster() (nodes []*exec.Cmd, url string, err error) {
	const n = 3
	var configs [n]nodeConfig
	var routes, urls []string
	for i := range n {
		c := nodeConfig{Name: fmt.Sprint("node", i), Dir: filepath.Join(b.dir, fmt.Sprint("node", i))}
		if c.Port, err = freePort(); err == nil {
			c.Cluster, err = freePort()
		}
		if err != nil {
			return nil, "", err
		}
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", c.Cluster))
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", c.Port))
		configs[i] = c
	}
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	for _, c := range configs {
		c.Routes = routes
		arg, err := json.Marshal(c)
		if err != nil {
			return nil, "", err
		}
		cmd := exec.Command(self, natsNode, string(arg))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			return nil, "", err
		}
		nodes = append(nodes, cmd)
	}
	return nodes, strings.Join(urls, ","), nil
}

// cluster runs a job on three servers and a JetStream of three nodes, and kills one node and one server in the middle.
func (b *bench) cluster() error {
	nodes, url, err := b.startCluster()
	defer func() {
		for _, n := range nodes {
			_ = n.Process.Kill()
			_ = n.Wait()
		}
	}()
	if err != nil {
		return err
	}
	var servers []*server
	defer func() {
		for _, s := range servers {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
	}()
	var addrs []string
	for range 3 {
		var s *server
		for range 50 { // until the cluster has a leader
			if s, err = b.serve("", "--jobs-url", url, "--workers", "1"); err == nil {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		if err != nil {
			return err
		}
		servers = append(servers, s)
		addrs = append(addrs, s.grpc)
	}
	client, err := connect(strings.Join(addrs, ","), time.Minute)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := background(20 * time.Minute)
	defer cancel()
	began := time.Now()
	job, added, err := client.SubmitJob(ctx, items(0, b.items), nil)
	if err != nil || added.Accepted != int64(b.items) {
		return fmt.Errorf("submit: %+v, %w", added, err)
	}
	if err := nodes[0].Process.Kill(); err != nil {
		return err
	}
	if err := servers[0].signal(syscall.SIGKILL); err != nil {
		return err
	}
	seen := map[string]int{}
	for r, err := range job.Results(ctx, "") {
		if err != nil {
			return err
		}
		seen[r.ItemID]++
	}
	if err := count(seen, b.items); err != nil {
		return err
	}
	fmt.Printf("cluster: %d items on 3 servers and 3 nodes, one of each killed, complete after %v\n", b.items, time.Since(began).Round(100*time.Millisecond))
	return nil
}

// disk fills the disk under the job store: what does not fit is refused, what was acknowledged stays, and with room again
// the job goes on.
func (b *bench) disk() error {
	mount := filepath.Join(b.dir, "disk")
	if err := os.MkdirAll(mount, 0o755); err != nil {
		return err
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", mount).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, out)
	}
	defer func() { _ = exec.Command("umount", "-l", mount).Run() }()
	s, err := b.serve("", "--jobs-dir", filepath.Join(mount, "jobs"), "--jobs-min-free-bytes", fmt.Sprint(8<<20))
	if err != nil {
		return err
	}
	client, err := connect(s.grpc, 30*time.Second)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := background(10 * time.Minute)
	defer cancel()
	job, err := client.CreateJob(ctx, nil)
	if err != nil {
		return err
	}
	ballast := filepath.Join(mount, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 80<<20), 0o600); err != nil {
		return err
	}
	acked, refused := 0, false
	for n := 0; n < 100_000; n += 50 {
		_, err := job.Add(ctx, items(n, n+50))
		var e *nutgraf.Error
		if errors.As(err, &e) && e.Code == codes.ResourceExhausted && e.Reason == "JOB_STORE_FULL" {
			refused = true
			break
		}
		if err != nil {
			return err
		}
		acked = n + 50
	}
	if !refused {
		return errors.New("the disk never filled up")
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	time.Sleep(time.Second)
	if _, err := job.Add(ctx, items(0, acked+50)); err != nil {
		return fmt.Errorf("add with room again: %w", err)
	}
	if _, err := job.Seal(ctx); err != nil {
		return err
	}
	seen := map[string]int{}
	for r, err := range job.Results(ctx, "") {
		if err == nil {
			err = r.Err
		}
		if err != nil {
			return err
		}
		seen[r.ItemID]++
	}
	state, err := job.State(ctx)
	if err != nil {
		return err
	}
	if err := count(seen, acked+50); err != nil || state.GetState() != nutgrafv1.JobState_JOB_STATE_SUCCEEDED {
		return fmt.Errorf("%v: %w", state, err)
	}
	fmt.Printf("disk: full after %d items, refused, went on with room: %d items, 0 lost, 0 twice\n", acked, acked+50)
	return s.signal(syscall.SIGTERM)
}
