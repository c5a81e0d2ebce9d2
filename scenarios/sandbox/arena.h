#ifndef SCN_SANDBOX_ARENA_H
#define SCN_SANDBOX_ARENA_H

// The memory of one Lua state: one reserved block, at an address that does not change, with
// everything about it inside, so that copying its first `used` bytes away and back again
// brings a whole Lua heap back (globals, upvalues, suspended coroutines).
//
// Blocks come in size classes: every 16 bytes up to 512, then four to each doubling. A free
// block waits in its class's list; an empty class takes fresh space, and when there is none
// left a bigger free block is cut. Blocks carry no header: Lua says the size of what it gives
// back. Take, give and resize cost a few instructions and no system call.
//
// Built for the address sanitizer the blocks come from malloc, so that it sees each of them;
// such a build cannot copy its heap.

#include <stdbool.h>
#include <stddef.h>

#define SCN_ARENA_CLASSES 128

struct scn_arena_block;

struct scn_arena {
    size_t reserved; // bytes of address space, this struct included
    size_t used; // bytes from the start that were ever in use; those above are untouched
    size_t live; // bytes now taken, as asked for; the same in every build
    size_t peak; // the most that live ever was
    struct scn_arena_block *free[SCN_ARENA_CLASSES];
};

// True in builds whose arenas are one block and can be copied.
extern const bool scn_arena_is_one_block;

// Returns NULL when the address space is not to be had. The caller closes it.
struct scn_arena *scn_arena_open(size_t reserved);
void scn_arena_close(struct scn_arena *arena);

// Returns NULL when the block is full. size is at least 1.
void *scn_arena_take(struct scn_arena *arena, size_t size);

// size is the one it was taken or last resized with.
void scn_arena_give(struct scn_arena *arena, void *block, size_t size);

// Returns NULL, and leaves the block as it was, when the arena is full; never when it shrinks.
void *scn_arena_resize(struct scn_arena *arena, void *block, size_t size, size_t wanted);

#endif
