package x509lite

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestBase64AsStrictAsTheLibrary: what encoding/base64 takes in its strict mode, white space aside, is decoded to the same bytes;
// all else is refused, within the text.
func TestBase64AsStrictAsTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(base64.StdEncoding.EncodeToString(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			c := rapid.SampledFrom([]byte("\n\r\t AZ09+/=-!\x00\xff")).Draw(t, "character")
			if rapid.Bool().Draw(t, "insert") || at == len(text) {
				text = append(text[:at:at], append([]byte{c}, text[at:]...)...)
			} else {
				text[at] = c
			}
		}
		agreeOnBase64(t, text)
	})
}

// FuzzBase64 is the same for any text.
func FuzzBase64(f *testing.F) {
	for _, s := range []string{"", "AAEC\nAwQF\n", "AA==", "AAE=", "AAF=", "AB==", "A A = =", "AA==AAEC", "A===", "====", "AAEC="} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { agreeOnBase64(t, text) })
}

func agreeOnBase64(t interface{ Fatalf(string, ...any) }, text []byte) {
	want, err := base64.StdEncoding.Strict().DecodeString(strings.NewReplacer(" ", "", "\t", "").Replace(string(text)))
	dst := make([]byte, decodedLen(len(text)))
	n, wrong := decodeBase64(dst, text)
	switch {
	case err == nil && (wrong != -1 || !bytes.Equal(dst[:n], want)):
		t.Fatalf("%q: %x, wrong at %d; want %x", text, dst[:n], wrong, want)
	case err != nil && (wrong < 0 || wrong > len(text)):
		t.Fatalf("%q: %x, wrong at %d; want %v", text, dst[:n], wrong, err)
	}
}
