// Package deploy_test holds the files of this folder against the schemas of those who read them, and against the program.
package deploy_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

// kinds are what the manifests may hold, with a fresh object of each.
var kinds = map[string]func() any{
	"v1/ServiceAccount":                      func() any { return &corev1.ServiceAccount{} },
	"v1/Service":                             func() any { return &corev1.Service{} },
	"apps/v1/Deployment":                     func() any { return &appsv1.Deployment{} },
	"policy/v1/PodDisruptionBudget":          func() any { return &policyv1.PodDisruptionBudget{} },
	"autoscaling/v2/HorizontalPodAutoscaler": func() any { return &autoscalingv2.HorizontalPodAutoscaler{} },
	"networking.k8s.io/v1/NetworkPolicy":     func() any { return &networkingv1.NetworkPolicy{} },
}

// manifests reads every document, with no field that the API does not know.
func manifests(t *testing.T) map[string]any {
	t.Helper()
	files, err := filepath.Glob("kubernetes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no manifests: %v", err)
	}
	got := map[string]any{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		docs := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
		for {
			doc, err := docs.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			var head struct{ APIVersion, Kind string }
			if err := strict.Unmarshal(doc, &head); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			name := head.APIVersion + "/" + head.Kind
			make, ok := kinds[name]
			if !ok {
				t.Fatalf("%s: unknown kind %s", f, name)
			}
			object := make()
			if err := strict.UnmarshalStrict(doc, object); err != nil {
				t.Errorf("%s: %s: %v", f, name, err)
			}
			got[name] = object
		}
	}
	return got
}

func TestManifests(t *testing.T) {
	got := manifests(t)
	for name := range kinds {
		if got[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	pod := got["apps/v1/Deployment"].(*appsv1.Deployment).Spec.Template.Spec
	c := pod.Containers[0]
	if !*pod.SecurityContext.RunAsNonRoot || !*c.SecurityContext.ReadOnlyRootFilesystem || *c.SecurityContext.AllowPrivilegeEscalation {
		t.Error("the container may do more than it needs")
	}
	if c.ReadinessProbe == nil || c.LivenessProbe == nil || c.StartupProbe == nil {
		t.Error("a probe is missing")
	} else {
		for _, p := range []*corev1.Probe{c.ReadinessProbe, c.LivenessProbe, c.StartupProbe} {
			if p.GRPC == nil || p.GRPC.Port != 50051 {
				t.Errorf("a probe does not ask gRPC's health: %v", p)
			}
		}
	}
	for _, e := range c.Env {
		if e.Name != "GOMEMLIMIT" {
			continue
		}
		if limit, err := resource.ParseQuantity(strings.TrimSuffix(e.Value, "B")); err != nil || limit.Cmp(*c.Resources.Limits.Memory()) >= 0 {
			t.Errorf("GOMEMLIMIT is %s, the container's limit %s", e.Value, c.Resources.Limits.Memory())
		}
	}
}

// TestDisruptionBudget wants a budget for the deployment's pods that lets a node be drained.
func TestDisruptionBudget(t *testing.T) {
	got := manifests(t)
	budget := got["policy/v1/PodDisruptionBudget"].(*policyv1.PodDisruptionBudget)
	if !selects(t, got, budget.Spec.Selector) || budget.Spec.MaxUnavailable == nil || budget.Spec.MaxUnavailable.IntValue() != 1 {
		t.Errorf("budget %+v", budget.Spec)
	}
}

// TestScaling wants an autoscaler of the deployment by its work in flight, that keeps two for the budget to take one.
func TestScaling(t *testing.T) {
	got := manifests(t)
	scaler := got["autoscaling/v2/HorizontalPodAutoscaler"].(*autoscalingv2.HorizontalPodAutoscaler).Spec
	d := got["apps/v1/Deployment"].(*appsv1.Deployment)
	if scaler.ScaleTargetRef.Kind != "Deployment" || scaler.ScaleTargetRef.Name != d.Name || scaler.MinReplicas == nil || *scaler.MinReplicas < 2 {
		t.Errorf("autoscaler %+v", scaler)
	}
	if d.Spec.Replicas != nil {
		t.Error("each roll out would undo what the autoscaler did")
	}
	metric := scaler.Metrics[0].Pods
	if metric == nil || metric.Metric.Name != "nutgraf_held_articles" || metric.Target.AverageValue == nil {
		t.Errorf("scales by %+v", scaler.Metrics)
	}
}

// TestNetworkPolicy wants all ways in and out of the pods closed but those that are named.
func TestNetworkPolicy(t *testing.T) {
	got := manifests(t)
	policy := got["networking.k8s.io/v1/NetworkPolicy"].(*networkingv1.NetworkPolicy).Spec
	if !selects(t, got, &policy.PodSelector) || !slices.Contains(policy.PolicyTypes, networkingv1.PolicyTypeIngress) || !slices.Contains(policy.PolicyTypes, networkingv1.PolicyTypeEgress) {
		t.Errorf("policy %+v", policy)
	}
	ports := map[string]bool{}
	for _, p := range got["apps/v1/Deployment"].(*appsv1.Deployment).Spec.Template.Spec.Containers[0].Ports {
		ports[p.Name] = true
	}
	for _, rule := range policy.Ingress {
		if len(rule.From) == 0 || len(rule.Ports) == 0 {
			t.Error("anybody may come in, or to any port")
		}
		for _, p := range rule.Ports {
			if !ports[p.Port.StrVal] {
				t.Errorf("no port %s", p.Port)
			}
			for _, from := range rule.From {
				if p.Port.StrVal == "admin" && (from.NamespaceSelector == nil || from.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"] != "monitoring") {
					t.Errorf("the operator's listener is open to %+v", from)
				}
			}
		}
	}
	for _, rule := range policy.Egress {
		if len(rule.To) == 0 || len(rule.Ports) == 0 {
			t.Error("the server may call anybody, or any port")
		}
		for _, p := range rule.Ports {
			if p.Port.IntValue() != 53 {
				t.Errorf("the server may call port %s", p.Port)
			}
		}
	}
}

// selects reports whether a selector finds the deployment's pods.
func selects(t *testing.T, got map[string]any, s *metav1.LabelSelector) bool {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return !selector.Empty() && selector.Matches(labels.Set(got["apps/v1/Deployment"].(*appsv1.Deployment).Spec.Template.Labels))
}

// build makes the program as a release does, once for all tests.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "nutgraf")
	out, err := exec.Command("../tools/build.sh", "1.2.3", path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// folder is where the program is, for as long as the tests run.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "deploy"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// binary returns the path of the program.
func binary(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return path
}

// Every setting that a file here makes is one that the program has.
func TestSettingsExist(t *testing.T) {
	help, err := exec.Command(binary(t), "serve", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, pattern := range []string{"Dockerfile", "*.service", "kubernetes/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			used = append(used, regexp.MustCompile(`NUTGRAF_[A-Z_]+`).FindAllString(string(data), -1)...)
			for _, m := range regexp.MustCompile(`serve((?: --[a-z-]+ \S+)+)`).FindAllStringSubmatch(string(data), -1) {
				used = append(used, regexp.MustCompile(`--[a-z-]+`).FindAllString(m[1], -1)...)
			}
		}
	}
	if len(used) < 8 {
		t.Fatalf("found only %v", used)
	}
	slices.Sort(used)
	for _, setting := range slices.Compact(used) {
		if !bytes.Contains(help, []byte(setting)) {
			t.Errorf("nutgraf serve has no %s", setting)
		}
	}
}

// The autoscaler's metric is one that the server has.
func TestScalingMetricExists(t *testing.T) {
	scaler := manifests(t)["autoscaling/v2/HorizontalPodAutoscaler"].(*autoscalingv2.HorizontalPodAutoscaler)
	name := scaler.Spec.Metrics[0].Pods.Metric.Name
	data, err := os.ReadFile("../server/telemetry.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(`"`+name+`"`)) {
		t.Errorf("the server has no metric %s", name)
	}
}
