#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "scenarios/sandbox/arena.h"

#define MIB ((size_t)1 << 20)

static void blocks_do_not_overlap_and_keep_their_bytes(void **state)
{
    (void)state;
    enum {
        COUNT = 600
    };
    struct scn_arena *arena = scn_arena_open(8 * MIB);
    assert_non_null(arena);
    unsigned char *block[COUNT];
    for (int i = 0; i < COUNT; i++) {
        block[i] = scn_arena_take(arena, (size_t)i * 7 + 1);
        assert_non_null(block[i]);
        assert_int_equal((uintptr_t)block[i] % 16, 0);
        memset(block[i], i & 255, (size_t)i * 7 + 1);
    }
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < i * 7 + 1; j++)
            assert_int_equal(block[i][j], i & 255);
    for (int i = 0; i < COUNT; i++)
        scn_arena_give(arena, block[i], (size_t)i * 7 + 1);
    assert_int_equal(arena->live, 0);
    scn_arena_close(arena);
}

static void resizing_keeps_what_fits(void **state)
{
    (void)state;
    struct scn_arena *arena = scn_arena_open(8 * MIB);
    unsigned char *block = scn_arena_take(arena, 3);
    memcpy(block, "abc", 3);
    size_t size = 3;
    for (size_t wanted = 4; wanted < MIB; wanted += wanted / 2) {
        block = scn_arena_resize(arena, block, size, wanted);
        assert_non_null(block);
        assert_memory_equal(block, "abc", 3);
        block[wanted - 1] = 1;
        size = wanted;
    }
    block = scn_arena_resize(arena, block, size, 2);
    assert_memory_equal(block, "ab", 2);
    assert_int_equal(arena->live, 2);
    assert_true(arena->peak > MIB / 2);
    scn_arena_give(arena, block, 2);
    scn_arena_close(arena);
}

static void what_was_given_back_is_used_again(void **state)
{
    (void)state;
    struct scn_arena *arena = scn_arena_open(MIB);
    for (int i = 0; i < 10000; i++) {
        void *block = scn_arena_take(arena, 1000);
        assert_non_null(block);
        scn_arena_give(arena, block, 1000);
    }
    assert_true(arena->used < MIB / 4);
    scn_arena_close(arena);
}

// Only where the arena is one block: malloc has no end to come to.
static void a_full_arena_says_so_and_cuts_what_is_free(void **state)
{
    (void)state;
    if (!scn_arena_is_one_block)
        skip();
    struct scn_arena *arena = scn_arena_open(MIB);
    void *big = scn_arena_take(arena, MIB / 2);
    assert_non_null(big);
    int fitted = 0;
    while (scn_arena_take(arena, 4096))
        fitted++;
    assert_in_range(fitted, 90, 128);
    assert_null(scn_arena_take(arena, 4096));
    scn_arena_give(arena, big, MIB / 2);
    for (int i = 0; i < 128; i++)
        assert_non_null(scn_arena_take(arena, 4096));
    assert_null(scn_arena_take(arena, 4096));
    scn_arena_close(arena);
}

static void shrinking_works_in_a_full_arena(void **state)
{
    (void)state;
    struct scn_arena *arena = scn_arena_open(MIB);
    unsigned char *block = scn_arena_take(arena, 100000);
    block[0] = 42;
    while (scn_arena_is_one_block && scn_arena_take(arena, 16))
        ;
    block = scn_arena_resize(arena, block, 100000, 50);
    assert_non_null(block);
    assert_int_equal(block[0], 42);
    scn_arena_give(arena, block, 50);
    scn_arena_close(arena);
}

static void sizes_beyond_all_bounds_are_refused(void **state)
{
    (void)state;
    if (!scn_arena_is_one_block)
        skip();
    struct scn_arena *arena = scn_arena_open(MIB);
    assert_null(scn_arena_take(arena, SIZE_MAX));
    assert_null(scn_arena_take(arena, SIZE_MAX / 2));
    assert_null(scn_arena_take(arena, MIB));
    void *block = scn_arena_take(arena, 100);
    assert_null(scn_arena_resize(arena, block, 100, SIZE_MAX));
    scn_arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_do_not_overlap_and_keep_their_bytes),
        cmocka_unit_test(resizing_keeps_what_fits),
        cmocka_unit_test(what_was_given_back_is_used_again),
        cmocka_unit_test(a_full_arena_says_so_and_cuts_what_is_free),
        cmocka_unit_test(shrinking_works_in_a_full_arena),
        cmocka_unit_test(sizes_beyond_all_bounds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
