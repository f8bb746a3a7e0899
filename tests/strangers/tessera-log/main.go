// A Tessera POSIX log that wants a witness before it publishes:
//
//	tessera-log keygen <key file>                                   prints the log's verifier key
//	tessera-log grow <key file> <folder> <policy file> <entries> <label>
//
// grow appends entries and waits until a checkpoint that the policy's quorum has cosigned is published over them; then it
// opens that checkpoint with golang.org/x/mod/sumdb/note, under the log's key and each witness's. It prints one line of
// JSON: {"size", "signers"}. While the witnesses do not cosign it goes on asking them.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	origin = "tessera.example/log"
	// How long a checkpoint may wait for its witnesses, and all of it together.
	witnessTimeout = 10 * time.Second
	growTimeout    = 60 * time.Second
)

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "keygen":
		keygen(os.Args[2])
	case len(os.Args) == 7 && os.Args[1] == "grow":
		grow(os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6])
	default:
		log.Fatal("usage: tessera-log keygen <key file> | grow <key file> <folder> <policy file> <entries> <label>")
	}
}

func keygen(file string) {
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	check(err)
	check(os.WriteFile(file, []byte(secret+"\n"+public+"\n"), 0o600))
	fmt.Println(public)
}

func grow(keyFile, folder, policyFile, entries, label string) {
	secret, public := readKey(keyFile)
	signer, err := note.NewSigner(secret)
	check(err)
	policy, err := os.ReadFile(policyFile)
	check(err)
	witnesses, err := tessera.NewWitnessGroupFromPolicy(policy)
	check(err)
	count, err := strconv.Atoi(entries)
	check(err)

	ctx, cancel := context.WithTimeout(context.Background(), growTimeout)
	defer cancel()
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	check(err)
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(256, 50*time.Millisecond).
		WithWitnesses(witnesses, &tessera.WitnessOptions{Timeout: witnessTimeout})
	appender, _, reader, err := tessera.NewAppender(ctx, driver, options)
	check(err)
	futures := make([]tessera.IndexFuture, count)
	for n := range futures {
		futures[n] = appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "%s entry %d", label, n)))
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 100*time.Millisecond)
	var checkpoint []byte
	for _, future := range futures {
		_, checkpoint, err = awaiter.Await(ctx, future)
		check(err)
	}
	verifiers := append(witnessVerifiers(policy), verifier(public))
	opened, err := note.Open(checkpoint, note.VerifierList(verifiers...))
	check(err)
	size, err := strconv.ParseUint(strings.Split(opened.Text, "\n")[1], 10, 64)
	check(err)
	var signers []string
	for _, signature := range opened.Sigs {
		signers = append(signers, signature.Name)
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"size": size, "signers": signers}))
}

func readKey(file string) (secret, public string) {
	opened, err := os.Open(file)
	check(err)
	defer opened.Close()
	lines := bufio.NewScanner(opened)
	lines.Scan()
	secret = lines.Text()
	lines.Scan()
	return secret, lines.Text()
}

// The verifiers of all witnesses in a policy, under the rules of cosignature/v1.
func witnessVerifiers(policy []byte) []note.Verifier {
	var verifiers []note.Verifier
	for _, line := range strings.Split(string(policy), "\n") {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == "witness" {
			v, err := fnote.NewVerifierForCosignatureV1(fields[2])
			check(err)
			verifiers = append(verifiers, v)
		}
	}
	return verifiers
}

func verifier(public string) note.Verifier {
	v, err := note.NewVerifier(public)
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
