// A reader of C2SP tiled logs over HTTP that knows nothing of Fractal's code: golang.org/x/mod/sumdb/note and tlog, which
// the Go checksum database's clients are made of, do the verifying.
//
//		client -url URL -vkey KEY [-older FILE] [-save FILE] [RECEIPT…]
//
//	  - the published checkpoint is signed by the key and of its origin;
//	  - every leaf, hashed from the entry bundles, leads to its root;
//	  - it contains the tree of the older checkpoint, given by a file, and those of the receipts;
//	  - every receipt (c2sp.org/tlog-proof@v1) holds by itself, and its leaf is in the published tree, by the tiles.
//
// Prints one line of JSON and exits 0; 1 with a line that starts "REFUSED" when anything is not as it must be.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

type checkpoint struct {
	tlog.Tree
	text []byte
}

func main() {
	url := flag.String("url", "", "prefix of the log, without a slash at its end")
	vkey := flag.String("vkey", "", "verifier key")
	olderFile := flag.String("older", "", "a checkpoint seen before")
	saveFile := flag.String("save", "", "where the checkpoint is kept for the next time")
	flag.Parse()
	verifier, err := note.NewVerifier(*vkey)
	check(err)
	result := map[string]any{}

	text, err := get(*url, "checkpoint")
	check(err)
	latest := openCheckpoint(text, verifier)
	tiles := &tileReader{url: *url}
	hashes := tlog.TileHashReader(latest.Tree, tiles)
	result["size"], result["root"] = latest.N, latest.Hash.String()

	leaves := readBundles(*url, latest.N)
	root, err := rootOf(leaves)
	check(err)
	if root != latest.Hash {
		refuse("the bundles give the root %s, the checkpoint of %d leaves says %s", root, latest.N, latest.Hash)
	}
	result["bundles"] = (latest.N + tileWidth - 1) / tileWidth
	// Every leaf hash that the tiles publish, held against the bundles.
	for from := int64(0); from < latest.N; from += tileWidth {
		to := min(from+tileWidth, latest.N)
		indexes := make([]int64, 0, tileWidth)
		for n := from; n < to; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n))
		}
		published, err := hashes.ReadHashes(indexes)
		check(err)
		for i, hash := range published {
			if hash != tlog.RecordHash(leaves[from+int64(i)]) {
				refuse("leaf %d: tile and bundle disagree", from+int64(i))
			}
		}
	}

	if *olderFile != "" {
		kept, err := os.ReadFile(*olderFile)
		check(err)
		older := openCheckpoint(kept, verifier)
		checkContains(latest, older, hashes)
		result["older"] = older.N
	}
	ahead := 0
	for _, file := range flag.Args() {
		receipt, err := os.ReadFile(file)
		check(err)
		if !checkReceipt(receipt, verifier, latest, hashes, leaves) {
			ahead++
		}
	}
	result["receipts"], result["receipts_ahead"] = flag.NArg(), ahead
	if *saveFile != "" {
		check(os.WriteFile(*saveFile, text, 0o644))
	}
	check(json.NewEncoder(os.Stdout).Encode(result))
}

// openCheckpoint verifies the note and parses its three lines; the key's name is the origin.
func openCheckpoint(text []byte, verifier note.Verifier) checkpoint {
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		refuse("the checkpoint is of %q, not of %q", lines[0], verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	if len(root) != tlog.HashSize {
		refuse("the checkpoint's root has %d bytes", len(root))
	}
	return checkpoint{Tree: tlog.Tree{N: size, Hash: tlog.Hash(root)}, text: text}
}

// checkContains proves that the tree of `older` is a prefix of the published one.
func checkContains(latest, older checkpoint, hashes tlog.HashReader) {
	if older.N > latest.N {
		refuse("the log shrank from %d leaves to %d", older.N, latest.N)
	}
	if older.N == 0 {
		return
	}
	proof, err := tlog.ProveTree(latest.N, older.N, hashes)
	check(err)
	check(tlog.CheckTree(proof, latest.N, latest.Hash, older.N, older.Hash))
}

// checkReceipt checks a receipt alone, then against the published tree; false where that does not cover it yet.
func checkReceipt(text []byte, verifier note.Verifier, latest checkpoint, hashes tlog.HashReader, leaves [][]byte) bool {
	head, signed, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		refuse("no receipt: %q", lines[0])
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check(err)
		proof = append(proof, hash)
	}
	// extra = tag (16) ‖ salt (16) ‖ body; the leaf is 0x01 ‖ tag ‖ SHA-256(salt ‖ body)
	if len(extra) < 32 {
		refuse("the extra data of the receipt of %d has %d bytes", index, len(extra))
	}
	commitment := sha256.Sum256(extra[16:])
	leaf := append(append([]byte{1}, extra[:16]...), commitment[:]...)
	own := openCheckpoint(signed, verifier)
	check(tlog.CheckRecord(proof, own.N, own.Hash, index, tlog.RecordHash(leaf)))
	if own.N > latest.N {
		return false
	}
	checkContains(latest, own, hashes)
	published, err := tlog.ProveRecord(latest.N, index, hashes)
	check(err)
	check(tlog.CheckRecord(published, latest.N, latest.Hash, index, tlog.RecordHash(leaf)))
	if !bytes.Equal(leaves[index], leaf) {
		refuse("leaf %d of the bundles is another than the receipt's", index)
	}
	return true
}

// readBundles fetches the entries 0 … size − 1.
func readBundles(url string, size int64) [][]byte {
	leaves := make([][]byte, 0, size)
	for from := int64(0); from < size; from += tileWidth {
		width := int(min(tileWidth, size-from))
		path := tlog.Tile{H: tileHeight, L: 0, N: from / tileWidth, W: width}.Path()
		bundle, err := getTile(url, "tile/entries/"+strings.TrimPrefix(path, "tile/8/0/"))
		check(err)
		for range width {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				refuse("the bundle at %d ends too early", from)
			}
			length := int(binary.BigEndian.Uint16(bundle))
			leaves = append(leaves, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	return leaves
}

// rootOf is the tree hash of the leaves, by tlog's own storage layout kept in memory.
func rootOf(leaves [][]byte) (tlog.Hash, error) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			out[i] = stored[index]
		}
		return out, nil
	})
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashes(int64(n), leaf, read)
		if err != nil {
			return tlog.Hash{}, err
		}
		stored = append(stored, hashes...)
	}
	return tlog.TreeHash(int64(len(leaves)), read)
}

// tileReader fetches tiles for tlog.TileHashReader, which authenticates each against the checkpoint's root.
type tileReader struct{ url string }

func (r *tileReader) Height() int                         { return tileHeight }
func (r *tileReader) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := getTile(r.url, strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		if want := tile.W * tlog.HashSize; len(data) >= want {
			data = data[:want]
		}
		out[i] = data
	}
	return out, nil
}

var errGone = errors.New("not found")

// getTile fetches a tile or bundle; a partial one that is gone is looked for as the full one that took its place.
func getTile(url, path string) ([]byte, error) {
	data, err := get(url, path)
	if at := strings.Index(path, ".p/"); errors.Is(err, errGone) && at >= 0 {
		return get(url, path[:at])
	}
	return data, err
}

func get(url, path string) ([]byte, error) {
	response, err := http.Get(url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return io.ReadAll(response.Body)
	case http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", path, errGone)
	default:
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
}

func check(err error) {
	if err != nil {
		refuse("%v", err)
	}
}

func refuse(format string, args ...any) {
	fmt.Printf("REFUSED "+format+"\n", args...)
	os.Exit(1)
}
