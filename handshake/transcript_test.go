package handshake

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
)

// modelTranscript is a Transcript as RFC 8446, Section 4.4.1 defines it: a list of messages, hashed when asked.
type modelTranscript struct {
	messages [][]byte
	dropped  bool
	h        func() hash.Hash
}

func (m *modelTranscript) add(message []byte) {
	m.messages = append(m.messages[:len(m.messages):len(m.messages)], message)
}

func (m *modelTranscript) sum() []byte {
	h := m.h()
	for _, b := range m.messages {
		h.Write(b)
	}
	return h.Sum(nil)
}

// retry puts in place of the first hello: message_hash, three bytes of length, its hash.
func (m *modelTranscript) retry() {
	sum := m.sum()
	m.messages = [][]byte{append([]byte{254, 0, 0, byte(len(sum))}, sum...)}
}

func (m *modelTranscript) raw() []byte {
	if m.dropped {
		return nil
	}
	return bytes.Join(m.messages, nil)
}

// TestTranscriptIsItsMessages runs transcripts and their forks beside the model: whatever is added, started, dropped or
// forked in any order, each has the hash and the raw bytes of its own messages.
func TestTranscriptIsItsMessages(t *testing.T) {
	hashes := map[cipher.Hash]func() hash.Hash{cipher.SHA256: sha256.New, cipher.SHA384: sha512.New384}
	rapid.Check(t, func(t *rapid.T) {
		algo := rapid.SampledFrom([]cipher.Hash{cipher.SHA256, cipher.SHA384}).Draw(t, "hash")
		ours, models := []*Transcript{{}}, []*modelTranscript{{h: hashes[algo]}}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			i := rapid.IntRange(0, len(ours)-1).Draw(t, "which")
			o, m := ours[i], models[i]
			switch step := rapid.SampledFrom([]string{"add", "add", "start", "retry", "drop", "fork"}).Draw(t, "step"); {
			case step == "add":
				message := rapid.SliceOfN(rapid.Byte(), 4, 300).Draw(t, "message")
				o.Add(message)
				m.add(bytes.Clone(message))
				clear(message) // Add keeps nothing of it
			case step == "start" && !o.Started() && !m.dropped:
				o.Start(algo)
			case step == "retry" && o.Started() && len(m.messages) == 1:
				o.Retry()
				m.retry()
			case step == "drop" && o.Started():
				o.DropRaw()
				m.dropped = true
			case step == "fork":
				f, model := o.Fork(), *m
				ours, models = append(ours, &f), append(models, &model)
			}
		}
		for i, o := range ours {
			if !bytes.Equal(o.Raw(), models[i].raw()) {
				t.Fatalf("transcript %d has the raw bytes %x, want %x", i, o.Raw(), models[i].raw())
			}
			if !o.Started() {
				continue
			}
			prefix := []byte("kept")
			if got := o.Sum(prefix); !bytes.Equal(got, append(prefix, models[i].sum()...)) {
				t.Fatalf("transcript %d has another hash", i)
			}
			if got := o.Sum(nil); !bytes.Equal(got, models[i].sum()) {
				t.Fatalf("transcript %d has another hash when asked again", i)
			}
		}
	})
}

// TestTranscriptAdoptsWithoutWriting shows that the slice given away to adopt is never written to, although it has room.
func TestTranscriptAdoptsWithoutWriting(t *testing.T) {
	room := []byte("hello, and bytes that belong to somebody else")
	want := bytes.Clone(room)
	var tr Transcript
	tr.adopt(room[:5])
	fork := tr.Fork()
	tr.Add([]byte(" world"))
	fork.Add([]byte(" there"))
	if !bytes.Equal(room, want) {
		t.Errorf("the adopted slice is now %q", room)
	}
	if string(tr.Raw()) != "hello world" || string(fork.Raw()) != "hello there" {
		t.Errorf("raw bytes are %q and %q", tr.Raw(), fork.Raw())
	}
}
