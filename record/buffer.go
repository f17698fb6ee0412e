package record

import (
	"math/bits"
	"sync"
)

// maxPending is how much a Reader or a Writer keeps unless one message or one record needs more: four full records.
const maxPending = 4 * maxRecord

// smallBlock is the largest size below a full record's, in bytes.
const smallBlock = 8192

// fourRecords is the size of four full records of TLS 1.3, or of TLS 1.2 without an explicit nonce. With the content of the third
// opened and the fourth waiting such a block is worth keeping. One of maxPending is a few bytes too large for them, and both
// would be moved.
const fourRecords = 4 * (HeaderSize + MaxPlaintext + 1 + 16)

// blockSizes are the sizes that are pooled: powers of two, then one, two and four full records. Each is at most 64 bytes more
// than twice the one before, so that a block that is just large enough is never much too large.
var blockSizes = [...]int{64, 128, 256, 512, 1024, 2048, 4096, smallBlock, maxRecord, 2 * maxRecord, fourRecords, maxPending}

// blockPools hold *block, one pool for each size. They belong to the process: blocks carry nothing from one connection to the
// next, because whoever gives one back has cleared the plaintext in it.
var blockPools [len(blockSizes)]sync.Pool

// block is memory from a pool, or a larger one from none. Whoever has it keeps in it where its contents are.
type block struct {
	b     []byte
	least int  // bytes that a store must hold to be worth it: with fewer, the block is more than slack larger than twice that
	class int8 // index into blockSizes, unpooled if it has none of these sizes
	window
	_ [cacheLine]byte // blocks of the two halves of a connection lie side by side, and two processors work on them
}

// cacheLine is what processors share memory by, in bytes.
const cacheLine = 64

// unpooled is the class of a block that is larger than any pool's.
const unpooled = -1

// classOf returns the smallest class with room for n bytes, unpooled if n is more than the largest.
func classOf(n int) int {
	switch {
	case n <= 64:
		return 0
	case n <= smallBlock:
		return bits.Len(uint(n-1)) - 6
	case n <= maxRecord:
		return 8
	case n <= 2*maxRecord:
		return 9
	case n <= fourRecords:
		return 10
	case n <= maxPending:
		return 11
	}
	return unpooled
}

// takeBlock returns a block of at least n bytes. What is in it means nothing.
func takeBlock(n int) *block {
	c := classOf(n)
	if c == unpooled {
		return newBlock(n, unpooled)
	}
	if x, ok := blockPools[c].Get().(*block); ok {
		return x
	}
	return newBlock(blockSizes[c], c)
}

func newBlock(size, class int) *block {
	return &block{b: make([]byte, size), class: int8(class), least: max(1, (size-slack+1)/2)}
}

// give returns the block to its pool. The caller keeps no slice of it, and has cleared the plaintext and the window.
func (x *block) give() {
	if x.class != unpooled {
		blockPools[x.class].Put(x)
	}
}
