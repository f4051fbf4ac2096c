// A second verifier, of parts that are not ours: golang.org/x/mod/sumdb/note opens the seal, sumdb/tlog checks the proof.
//
//	outside seal|inclusion|consistency PUBLIC-KEY... < text
//
// Prints what was verified and exits 0, or the first thing that is wrong and exits 1.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = verify(os.Args[1], string(text), os.Args[2:])
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func verify(what, text string, keys []string) error {
	var verifiers []note.Verifier
	for _, key := range keys {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return err
		}
		verifiers = append(verifiers, verifier)
	}
	trusted := note.VerifierList(verifiers...)
	switch what {
	case "seal":
		tree, signatures, err := open(text, trusted)
		if err == nil {
			fmt.Printf("%d leaves, root %s, %d trusted signatures\n", tree.N, tree.Hash, signatures)
		}
		return err
	case "inclusion":
		return inclusion(text, trusted)
	case "consistency":
		return consistency(text, trusted)
	}
	return fmt.Errorf("seal, inclusion or consistency")
}

func open(text string, trusted note.Verifiers) (tlog.Tree, int, error) {
	opened, err := note.Open([]byte(text), trusted)
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, len(opened.Sigs), err
}

func inclusion(text string, trusted note.Verifiers) error {
	head, seal, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("not a proof of inclusion")
	}
	tree, _, err := open(seal, trusted)
	if err != nil {
		return err
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(extra)
	leaf, chained := extra[4:4+size], extra[4+size+4:]
	if sha256.Sum256(chained) != [32]byte(leaf[len(leaf)-32:]) {
		return fmt.Errorf("the row is not that of the leaf")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	path, err := hashes(lines[3:])
	if err != nil {
		return err
	}
	fmt.Printf("index %d of %d\n", index, tree.N)
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

func consistency(text string, trusted note.Verifiers) error {
	parts := strings.Split(text, "\n\n")
	first, _, err := open(parts[1]+"\n\n"+parts[2]+"\n", trusted)
	if err != nil {
		return err
	}
	second, _, err := open(parts[3]+"\n\n"+parts[4], trusted)
	if err != nil {
		return err
	}
	path, err := hashes(strings.Split(parts[0], "\n")[1:])
	if err != nil {
		return err
	}
	fmt.Printf("%d extends %d\n", second.N, first.N)
	return tlog.CheckTree(path, second.N, second.Hash, first.N, first.Hash)
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}
