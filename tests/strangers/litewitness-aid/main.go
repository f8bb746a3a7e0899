// What litewitness needs around it: an SSH agent that holds its key, and its database with the logs it knows.
//
//	litewitness-aid agent <socket> <witness name>    serves until it is ended; first prints {"fingerprint", "vkey"}
//	litewitness-aid register <database> <vkey>       adds a log; its origin is the name in the verifier key
//
// litewitness reads its key from an agent only, and its own tool for adding logs does not build from the module proxy.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: litewitness-aid agent <socket> <name> | register <database> <vkey>")
	}
	switch os.Args[1] {
	case "agent":
		serveAgent(os.Args[2], os.Args[3])
	case "register":
		register(os.Args[2], os.Args[3])
	default:
		log.Fatalf("unknown command %q", os.Args[1])
	}
}

func serveAgent(socket, name string) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	keyring := agent.NewKeyring()
	check(keyring.Add(agent.AddedKey{PrivateKey: &key}))
	signer, err := ssh.NewSignerFromKey(key)
	check(err)
	witness, err := torchwood.NewCosignatureSigner(name, key)
	check(err)
	listener, err := net.Listen("unix", socket)
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(map[string]string{
		"fingerprint": ssh.FingerprintSHA256(signer.PublicKey()),
		"vkey":        witness.Verifier().String(),
	}))
	for {
		connection, err := listener.Accept()
		check(err)
		go agent.ServeAgent(keyring, connection)
	}
}

func register(database, vkey string) {
	origin, _, ok := strings.Cut(vkey, "+")
	if !ok {
		log.Fatal("no verifier key")
	}
	db, err := sqlite.OpenConn(database, 0)
	check(err)
	empty := sha256.Sum256(nil)
	add := func(query string, args ...any) {
		check(sqlitex.Execute(db, query, &sqlitex.ExecOptions{Args: args}))
	}
	add("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", origin, base64.StdEncoding.EncodeToString(empty[:]))
	add("INSERT INTO key (origin, key) VALUES (?, ?)", origin, vkey)
	check(db.Close())
	fmt.Println(origin)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
