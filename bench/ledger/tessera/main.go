// The counterpart of `fractal bench ledger`: Tessera's own library over POSIX with persistent antispam, in one process
// with its load, no HTTP. One run of one mode; the terms come as one JSON argument, the samples go out as one JSON line.
//
// What is durable when Add's future resolves (storage/posix/files.go, file_ops.go of v1.0.4): entry bundles, hash tiles
// and .state/treeState of the batch are written to temporary files opened with O_SYNC, renamed, and their folders
// fsynced; so the entry is sequenced, integrated and would survive loss of power. Not signed and not published yet: the
// checkpoint follows at its own interval. The antispam index (Badger, SyncWrites off) follows later and unsynced.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	antispam "github.com/transparency-dev/tessera/storage/posix/antispam"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

type terms struct {
	Mode       string `json:"mode"` // saturate, rate, duplicates, resend
	Folder     string `json:"folder"`
	EntryBytes int    `json:"entryBytes"`
	Loops      int    `json:"loops"`
	Seconds    float64
	WarmUp     float64 `json:"warmUpSeconds"`
	Rate       int     `json:"ratePerSecond"`
	// duplicates: HotEntries are sent by Loops clients at once each, beside Background loops of unique entries.
	HotEntries int `json:"hotEntries"`
	Background int `json:"backgroundLoops"`
	// resend: these numbers, acknowledged before a kill, are sent again.
	Resend []uint64 `json:"resend"`
	// acknowledge: numbers are printed as they are acknowledged, one a line.
	Seed uint64 `json:"seed"`

	BatchSize        uint    `json:"batchSize"`
	BatchAgeMs       float64 `json:"batchAgeMs"`
	CheckpointMs     int     `json:"checkpointMs"`
	AntispamBatch    uint    `json:"antispamBatch"`
	AntispamPushback uint    `json:"antispamPushback"`
	// Every n-th entry gets a proof built and checked; 0 for none.
	ProofEvery int `json:"proofEvery"`
}

// Entry number n: unique by n and the seed, not compressible, and cheap to make; the bytes of ours.ts.
func entryBytes(seed, n uint64, size int) []byte {
	words := (size + 3) / 4
	out := make([]byte, 0, words*4)
	state := uint32(n+1)*0x9e3779b1 ^ uint32(seed+1)
	out = binary.LittleEndian.AppendUint32(out, uint32(n))
	out = binary.LittleEndian.AppendUint32(out, uint32(seed))
	for i := 2; i < words; i++ {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		out = binary.LittleEndian.AppendUint32(out, state)
	}
	return out[:size]
}

type log struct {
	add       tessera.AddFn
	shutdown  func(context.Context) error
	reader    tessera.LogReader
	verifier  note.Verifier
	pushbacks atomic.Uint64
}

const origin = "bench.example.com/tessera"

func open(ctx context.Context, t terms) *log {
	keyFile := filepath.Join(t.Folder, "..", filepath.Base(t.Folder)+".key")
	secret, err := os.ReadFile(keyFile)
	if errors.Is(err, os.ErrNotExist) {
		made, public, err := note.GenerateKey(nil, origin)
		must(err)
		secret = []byte(made + "\n" + public)
		must(os.WriteFile(keyFile, secret, 0o600))
	} else {
		must(err)
	}
	var private, public string
	_, err = fmt.Sscan(string(secret), &private, &public)
	must(err)
	signer, err := note.NewSigner(private)
	must(err)
	verifier, err := note.NewVerifier(public)
	must(err)
	driver, err := posix.New(ctx, posix.Config{Path: t.Folder})
	must(err)
	must(os.MkdirAll(filepath.Join(t.Folder, ".state"), 0o755))
	spam, err := antispam.NewAntispam(ctx, filepath.Join(t.Folder, ".state", "antispam"), antispam.AntispamOpts{
		MaxBatchSize: t.AntispamBatch, PushbackThreshold: t.AntispamPushback, // 0: its default
	})
	must(err)
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithAntispam(tessera.DefaultAntispamInMemorySize, spam)
	if t.BatchSize > 0 {
		options = options.WithBatching(t.BatchSize, time.Duration(t.BatchAgeMs*float64(time.Millisecond)))
	}
	if t.CheckpointMs > 0 {
		options = options.WithCheckpointInterval(time.Duration(t.CheckpointMs) * time.Millisecond)
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	must(err)
	return &log{add: appender.Add, shutdown: shutdown, reader: reader, verifier: verifier}
}

// pushback is retried after this pause, and counted into the entry's latency.
const retryAfter = 10 * time.Millisecond

func (l *log) addUntilAccepted(ctx context.Context, data []byte) tessera.Index {
	for {
		index, err := l.add(ctx, tessera.NewEntry(data))()
		if err == nil {
			return index
		}
		if !errors.Is(err, tessera.ErrPushback) {
			must(err)
		}
		l.pushbacks.Add(1)
		time.Sleep(retryAfter)
	}
}

type sample struct {
	index     uint64
	sent      time.Time
	durable   time.Time
	published time.Time
	receipt   time.Time
}

// watcher reads the public checkpoint every 5 ms and tells who waits: first seen published, then, for every n-th, with a
// proof of inclusion built from the tiles by Tessera's client and checked.
type watcher struct {
	mu      sync.Mutex
	waiting []*sample
	proofs  chan *sample
	open    sync.WaitGroup
	size    uint64
}

const pollEvery = 5 * time.Millisecond

func watch(ctx context.Context, l *log, every int) *watcher {
	w := &watcher{proofs: make(chan *sample, 1<<20)}
	go func() {
		var last []byte
		for ctx.Err() == nil {
			if raw, err := l.reader.ReadCheckpoint(ctx); err == nil && !bytes.Equal(raw, last) {
				at := time.Now()
				cp, _, _, err := client.FetchCheckpoint(ctx, l.reader.ReadCheckpoint, l.verifier, origin)
				must(err)
				w.seen(cp.Size, at, every)
				last = raw
			}
			time.Sleep(pollEvery)
		}
	}()
	go func() {
		var builder *client.ProofBuilder
		var size uint64
		var root []byte
		for s := range w.proofs {
			if builder == nil || s.index >= size {
				cp, _, _, err := client.FetchCheckpoint(ctx, l.reader.ReadCheckpoint, l.verifier, origin)
				must(err)
				size, root = cp.Size, cp.Hash
				builder, err = client.NewProofBuilder(ctx, size, l.reader.ReadTile)
				must(err)
			}
			hashes, err := builder.InclusionProof(ctx, s.index)
			must(err)
			s.receipt = time.Now()
			leaf := entryAt(ctx, l, s.index, size)
			must(proof.VerifyInclusion(rfc6962.DefaultHasher, s.index, size, rfc6962.DefaultHasher.HashLeaf(leaf), hashes, root))
			w.open.Done()
		}
	}()
	return w
}

func entryAt(ctx context.Context, l *log, index, size uint64) []byte {
	bundle, err := client.GetEntryBundle(ctx, l.reader.ReadEntryBundle, index/256, size)
	must(err)
	return bundle.Entries[index%256]
}

func (w *watcher) add(s *sample) {
	w.open.Add(1)
	w.mu.Lock()
	w.waiting = append(w.waiting, s)
	w.mu.Unlock()
}

func (w *watcher) seen(size uint64, at time.Time, every int) {
	if size == w.size {
		return
	}
	w.size = size
	w.mu.Lock()
	defer w.mu.Unlock()
	left := w.waiting[:0]
	for _, s := range w.waiting {
		if s.index >= size {
			left = append(left, s)
			continue
		}
		s.published = at
		if every > 0 && s.index%uint64(every) == 0 {
			w.proofs <- s
		} else {
			w.open.Done()
		}
	}
	w.waiting = left
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}

type result struct {
	Entries     int       `json:"entries"`
	WallSeconds float64   `json:"wallSeconds"`
	CPUSeconds  float64   `json:"cpuSeconds"`
	DurableMs   []float64 `json:"durableMs,omitempty"`
	ReceiptMs   []float64 `json:"receiptMs,omitempty"`
	PublishedMs []float64 `json:"publishedMs,omitempty"`
	Pushbacks   uint64    `json:"pushbacks"`
	Leaves      uint64    `json:"leaves"`
	Unique      int       `json:"unique"`
	Duplicates  int       `json:"duplicates"`
	// of the hot entries, how many have more than one leaf; answers that name another index than the first
	HotWithDuplicates int   `json:"hotWithDuplicates"`
	OtherIndexAnswers int   `json:"otherIndexAnswers"`
	PeakRSSBytes      int64 `json:"peakRssBytes"`
}

func main() {
	klog.InitFlags(nil)
	must(flag.Set("logtostderr", "false"))
	must(flag.Set("stderrthreshold", "FATAL"))
	must(flag.Set("alsologtostderr", "false"))
	klog.SetOutput(discard{})
	var t terms
	must(json.Unmarshal([]byte(os.Args[1]), &t))
	ctx, cancel := context.WithCancel(context.Background())
	l := open(ctx, t)
	var r result
	switch t.Mode {
	case "saturate":
		r = saturate(ctx, l, t)
	case "rate":
		r = rate(ctx, l, t)
	case "duplicates":
		r = duplicates(ctx, l, t)
	case "acknowledge":
		acknowledge(ctx, l, t)
	case "resend":
		r = resend(ctx, l, t)
	default:
		must(fmt.Errorf("mode %q", t.Mode))
	}
	r.Pushbacks = l.pushbacks.Load()
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	r.PeakRSSBytes = usage.Maxrss * 1024
	must(l.shutdown(ctx))
	countLeaves(ctx, l, &r)
	cancel()
	must(json.NewEncoder(os.Stdout).Encode(r))
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// saturate: closed loops for a warm-up, then for the seconds that count.
func saturate(ctx context.Context, l *log, t terms) result {
	w := watch(ctx, l, t.ProofEvery)
	var next atomic.Uint64
	start := time.Now()
	from := start.Add(time.Duration(t.WarmUp * float64(time.Second)))
	until := from.Add(time.Duration(t.Seconds * float64(time.Second)))
	samples := make([][]*sample, t.Loops)
	var cpuBefore float64
	var loops sync.WaitGroup
	for i := range t.Loops {
		loops.Add(1)
		go func() {
			defer loops.Done()
			for time.Now().Before(until) {
				s := &sample{sent: time.Now()}
				s.index = l.addUntilAccepted(ctx, entryBytes(t.Seed, next.Add(1)-1, t.EntryBytes)).Index
				s.durable = time.Now()
				if s.sent.After(from) && s.durable.Before(until) {
					samples[i] = append(samples[i], s)
					w.add(s)
				}
			}
		}()
	}
	time.Sleep(time.Until(from))
	cpuBefore = cpuSeconds()
	first := next.Load()
	time.Sleep(time.Until(until))
	cpu := cpuSeconds() - cpuBefore
	sent := next.Load() - first
	loops.Wait()
	w.open.Wait()
	r := summary(samples)
	// Throughput counts every entry taken up in the window; those in flight at its ends cancel out.
	r.Entries, r.WallSeconds, r.CPUSeconds = int(sent), t.Seconds, cpu
	r.Unique = int(next.Load())
	return r
}

// rate: entries are due at a fixed rate whatever the log does; latency counts from when an entry was due.
func rate(ctx context.Context, l *log, t terms) result {
	w := watch(ctx, l, t.ProofEvery)
	var mu sync.Mutex
	var samples []*sample
	var sending sync.WaitGroup
	start := time.Now()
	warm := int(t.WarmUp * float64(t.Rate))
	total := warm + int(t.Seconds*float64(t.Rate))
	var cpuBefore float64
	for n := 0; n < total; {
		due := int(time.Since(start).Seconds()*float64(t.Rate)) + 1
		for ; n < min(due, total); n++ {
			if n == warm {
				cpuBefore = cpuSeconds()
			}
			s := &sample{sent: start.Add(time.Duration(float64(n) / float64(t.Rate) * float64(time.Second)))}
			sending.Add(1)
			go func() {
				defer sending.Done()
				s.index = l.addUntilAccepted(ctx, entryBytes(t.Seed, uint64(n), t.EntryBytes)).Index
				s.durable = time.Now()
				if n < warm {
					return
				}
				w.add(s)
				mu.Lock()
				samples = append(samples, s)
				mu.Unlock()
			}()
		}
		time.Sleep(time.Millisecond)
	}
	sending.Wait()
	cpu := cpuSeconds() - cpuBefore
	wall := time.Since(start).Seconds() - t.WarmUp
	w.open.Wait()
	r := summary([][]*sample{samples})
	r.Entries, r.WallSeconds, r.CPUSeconds, r.Unique = total-warm, wall, cpu, total
	return r
}

// duplicates: each hot entry is sent by all loops at once, while background loops send unique entries.
func duplicates(ctx context.Context, l *log, t terms) result {
	var next atomic.Uint64
	next.Store(uint64(t.HotEntries))
	var done atomic.Bool
	var background sync.WaitGroup
	for range t.Background {
		background.Add(1)
		go func() {
			defer background.Done()
			for !done.Load() {
				l.addUntilAccepted(ctx, entryBytes(t.Seed, next.Add(1)-1, t.EntryBytes))
			}
		}()
	}
	time.Sleep(time.Duration(t.WarmUp * float64(time.Second)))
	var r result
	for hot := range t.HotEntries {
		indices := make([]uint64, t.Loops)
		var together sync.WaitGroup
		for i := range t.Loops {
			together.Add(1)
			go func() {
				defer together.Done()
				indices[i] = l.addUntilAccepted(ctx, entryBytes(t.Seed, uint64(hot), t.EntryBytes)).Index
			}()
		}
		together.Wait()
		for _, index := range indices {
			if index != indices[0] {
				r.OtherIndexAnswers++
			}
		}
	}
	done.Store(true)
	background.Wait()
	r.Unique = int(next.Load())
	r.Entries = r.Unique
	return r
}

// acknowledge: closed loops that print the number of every entry once its future resolved, until they are killed.
func acknowledge(ctx context.Context, l *log, t terms) {
	var next atomic.Uint64
	var mu sync.Mutex
	for range t.Loops {
		go func() {
			for {
				n := next.Add(1) - 1
				l.addUntilAccepted(ctx, entryBytes(t.Seed, n, t.EntryBytes))
				mu.Lock()
				fmt.Println(n)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// resend: what was acknowledged before a kill is sent again, all at once.
func resend(ctx context.Context, l *log, t terms) result {
	before, err := l.reader.IntegratedSize(ctx)
	must(err)
	var together sync.WaitGroup
	for _, n := range t.Resend {
		together.Add(1)
		go func() {
			defer together.Done()
			l.addUntilAccepted(ctx, entryBytes(t.Seed, n, t.EntryBytes))
		}()
	}
	together.Wait()
	after, err := l.reader.IntegratedSize(ctx)
	must(err)
	return result{Entries: len(t.Resend), Unique: int(before), OtherIndexAnswers: int(after - before)}
}

// countLeaves reads every bundle and counts leaves of equal bytes.
func countLeaves(ctx context.Context, l *log, r *result) {
	size, err := l.reader.IntegratedSize(ctx)
	must(err)
	r.Leaves = size
	seen := make(map[[32]byte]int, size)
	for bundle := uint64(0); bundle*256 < size; bundle++ {
		entries, err := client.GetEntryBundle(ctx, l.reader.ReadEntryBundle, bundle, size)
		must(err)
		for _, entry := range entries.Entries {
			seen[sha256.Sum256(entry)]++
		}
	}
	for _, count := range seen {
		if count > 1 {
			r.HotWithDuplicates++
			r.Duplicates += count - 1
		}
	}
}

func summary(all [][]*sample) result {
	var r result
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for _, samples := range all {
		for _, s := range samples {
			r.DurableMs = append(r.DurableMs, ms(s.durable.Sub(s.sent)))
			r.PublishedMs = append(r.PublishedMs, ms(s.published.Sub(s.sent)))
			if !s.receipt.IsZero() {
				r.ReceiptMs = append(r.ReceiptMs, ms(s.receipt.Sub(s.sent)))
			}
		}
	}
	return r
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "tessera bench:", err)
		os.Exit(3)
	}
}
