#include "scenarios/sandbox/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/reserve.h"

#if defined(__SANITIZE_ADDRESS__)
#    define USES_MALLOC 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define USES_MALLOC 1
#    endif
#endif
#ifndef USES_MALLOC
#    define USES_MALLOC 0
#endif

const bool scn_arena_is_one_block = !USES_MALLOC;

#define GRAIN        16  // every block starts and ends on this
#define SMALL_LIMIT  512 // up to here a class for every grain
#define SMALL_LOG2   9
#define SMALL_COUNT  (SMALL_LIMIT / GRAIN)
#define PER_DOUBLING 4

struct scn_arena_block {
    struct scn_arena_block *next;
};

static unsigned floor_log2(size_t x)
{
    return 63U - (unsigned)__builtin_clzll((unsigned long long)x);
}

static unsigned class_of(size_t size)
{
    if (size <= SMALL_LIMIT)
        return (unsigned)((size + GRAIN - 1) / GRAIN) - 1;

    unsigned doubling = floor_log2(size - 1);
    unsigned quarter = (unsigned)((size - 1) >> (doubling - 2)) & 3U;
    return SMALL_COUNT + (doubling - SMALL_LOG2) * PER_DOUBLING + quarter;
}

static size_t size_of_class(unsigned class)
{
    if (class < SMALL_COUNT)
        return (size_t)(class + 1) * GRAIN;

    unsigned doubling = SMALL_LOG2 + (class - SMALL_COUNT) / PER_DOUBLING;
    unsigned quarter = (class - SMALL_COUNT) % PER_DOUBLING;
    return (size_t)(quarter + 5) << (doubling - 2);
}

struct scn_arena *scn_arena_open(size_t reserved)
{
    struct scn_arena *arena = USES_MALLOC ? malloc(sizeof *arena) : sim_reserve(reserved);
    if (!arena)
        return NULL;

    memset(arena, 0, sizeof *arena);
    arena->reserved = reserved;
    arena->used = (sizeof *arena + GRAIN - 1) / GRAIN * GRAIN;
    return arena;
}

void scn_arena_close(struct scn_arena *arena)
{
    if (USES_MALLOC)
        free(arena);
    else if (arena)
        sim_release(arena, arena->reserved);
}

static void put(struct scn_arena *arena, unsigned class, void *block)
{
    struct scn_arena_block *node = block;
    node->next = arena->free[class];
    arena->free[class] = node;
}

static void *get(struct scn_arena *arena, unsigned class)
{
    struct scn_arena_block *node = arena->free[class];
    if (node)
        arena->free[class] = node->next;
    return node;
}

// Puts the rest of a cut block into the classes that its bytes fill exactly, biggest first.
static void put_rest(struct scn_arena *arena, unsigned char *rest, size_t size)
{
    while (size >= GRAIN) {
        unsigned class = class_of(size);
        if (size_of_class(class) > size)
            class --;
        put(arena, class, rest);
        rest += size_of_class(class);
        size -= size_of_class(class);
    }
}

static void *cut_bigger(struct scn_arena *arena, unsigned class)
{
    for (unsigned from = class + 1; from < SCN_ARENA_CLASSES; from++) {
        unsigned char *block = get(arena, from);
        if (!block)
            continue;
        size_t size = size_of_class(class);
        put_rest(arena, block + size, size_of_class(from) - size);
        return block;
    }
    return NULL;
}

static void *take_block(struct scn_arena *arena, size_t wanted)
{
    if (wanted > arena->reserved)
        return NULL;

    unsigned class = class_of(wanted);
    void *block = get(arena, class);
    if (block)
        return block;

    size_t size = size_of_class(class);
    if (size > arena->reserved - arena->used)
        return cut_bigger(arena, class);
    block = (unsigned char *)arena + arena->used;
    arena->used += size;
    return block;
}

static void count(struct scn_arena *arena, size_t before, size_t after)
{
    arena->live += after - before;
    if (arena->live > arena->peak)
        arena->peak = arena->live;
}

void *scn_arena_take(struct scn_arena *arena, size_t size)
{
    assert(size > 0);
    void *block = USES_MALLOC ? malloc(size) : take_block(arena, size);
    if (block)
        count(arena, 0, size);
    return block;
}

void scn_arena_give(struct scn_arena *arena, void *block, size_t size)
{
    if (USES_MALLOC)
        free(block);
    else
        put(arena, class_of(size), block);
    count(arena, size, 0);
}

static void *resize_block(struct scn_arena *arena, void *block, size_t size, size_t wanted)
{
    if (wanted <= arena->reserved && class_of(size) == class_of(wanted))
        return block;

    void *moved = take_block(arena, wanted);
    if (!moved)
        return NULL;
    memcpy(moved, block, wanted < size ? wanted : size);
    put(arena, class_of(size), block);
    return moved;
}

void *scn_arena_resize(struct scn_arena *arena, void *block, size_t size, size_t wanted)
{
    assert(size > 0 && wanted > 0);
    void *moved =
        USES_MALLOC ? realloc(block, wanted) : resize_block(arena, block, size, wanted);
    // A block that shrinks in a full arena stays where it is. Its end is lost until the arena
    // closes, because it will be given back under its smaller size.
    if (!moved && wanted <= size)
        moved = block;
    if (moved)
        count(arena, size, wanted);
    return moved;
}
