#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/report/page.h"
#include "sim/report/utf8.h"
#include "tests/sim/report/memory_sink.h"

static struct sim_page open_page(struct memory_sink *m)
{
    struct sim_page p;
    struct sim_sink sink = memory_sink(m);
    sim_page_init(&p, &sink);
    return p;
}

static void expect_page(struct memory_sink *m, const char *want)
{
    assert_string_equal(m->text, want);
    free(m->text);
}

static void no_line_ends_with_blanks(void **state)
{
    (void)state;
    struct memory_sink m;
    struct sim_page p = open_page(&m);
    sim_page_text(&p, "a  ");
    sim_page_to(&p, 20);
    sim_page_line(&p);
    sim_page_text(&p, "b");
    sim_page_right(&p, 6, "12");
    sim_page_text(&p, " ");
    sim_page_line(&p);
    expect_page(&m, "a\nb   12\n");
}

static void a_script_cannot_write_to_the_terminal(void **state)
{
    (void)state;
    struct memory_sink m;
    struct sim_page p = open_page(&m);
    p.utf8 = true;
    // Escape, bell, C1's CSI, a direction mark, a line end, a byte that is no UTF-8.
    sim_page_script(&p, "a\033[31m\a\xc2\x9b\xe2\x80\xae\n\xff", UINT32_MAX);
    expect_page(&m, "a?[31m????\xef\xbf\xbd");
}

static void wrapped_words_are_made_harmless_too(void **state)
{
    (void)state;
    struct memory_sink m;
    struct sim_page p = open_page(&m);
    sim_page_wrap(&p, 2, 40, "one \033]0;title\a two\r");
    expect_page(&m, "  one ?]0;title? two?");
}

static void plain_pages_are_ascii(void **state)
{
    (void)state;
    struct memory_sink m;
    struct sim_page p = open_page(&m);
    sim_page_script(&p, "caf\xc3\xa9 \xe6\xb1\x89", UINT32_MAX);
    sim_page_glyph(&p, "\u2588", '#');
    expect_page(&m, "caf? ?#");
}

static void long_names_are_cut_to_columns(void **state)
{
    (void)state;
    struct memory_sink m;
    struct sim_page p = open_page(&m);
    sim_page_script(&p, "abcdef", 6);
    sim_page_line(&p);
    sim_page_script(&p, "abcdefg", 6);
    sim_page_line(&p);
    p.utf8 = true;
    sim_page_script(&p, "\xe6\xb1\x89\xe6\xb1\x89\xe6\xb1\x89", 5);
    expect_page(&m, "abcdef\nabcde~\n\xe6\xb1\x89\xe6\xb1\x89\xe2\x80\xa6");
}

static void lines_break_between_words(void **state)
{
    (void)state;
    struct memory_sink m;
    struct sim_page p = open_page(&m);
    sim_page_wrap(&p, 2, 12, "one two three four-and-more  five");
    expect_page(&m, "  one two\n  three\n  four-and-more\n  five");
}

static void colours_are_only_where_asked_for(void **state)
{
    (void)state;
    struct memory_sink m;
    struct sim_page p = open_page(&m);
    sim_page_style(&p, SIM_STYLE_BAD);
    sim_page_text(&p, "x");
    sim_page_line(&p);
    p.colour = true;
    sim_page_style(&p, SIM_STYLE_BAD);
    sim_page_text(&p, "x");
    sim_page_line(&p);
    expect_page(&m, "x\n\033[0;1;31mx\033[0m\n");
}

static void expect_next(const char *bytes, uint32_t want, size_t length)
{
    const char *at = bytes;
    assert_int_equal(sim_utf8_next(&at), want);
    assert_int_equal(at - bytes, length);
}

static void what_is_no_utf8_costs_one_byte(void **state)
{
    (void)state;
    expect_next("a", 'a', 1);
    expect_next("\xc3\xa9", 0xE9, 2);
    expect_next("\xe2\x82\xac", 0x20AC, 3);
    expect_next("\xf0\x9f\x98\x80", 0x1F600, 4);
    expect_next("\x80", SIM_UTF8_REPLACEMENT, 1);
    expect_next("\xc3", SIM_UTF8_REPLACEMENT, 1);             // cut short
    expect_next("\xc0\xaf", SIM_UTF8_REPLACEMENT, 1);         // overlong
    expect_next("\xe0\x80\xaf", SIM_UTF8_REPLACEMENT, 1);     // overlong
    expect_next("\xed\xa0\x80", SIM_UTF8_REPLACEMENT, 1);     // a surrogate
    expect_next("\xf4\x90\x80\x80", SIM_UTF8_REPLACEMENT, 1); // beyond the last
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_line_ends_with_blanks),
        cmocka_unit_test(a_script_cannot_write_to_the_terminal),
        cmocka_unit_test(wrapped_words_are_made_harmless_too),
        cmocka_unit_test(plain_pages_are_ascii),
        cmocka_unit_test(long_names_are_cut_to_columns),
        cmocka_unit_test(lines_break_between_words),
        cmocka_unit_test(colours_are_only_where_asked_for),
        cmocka_unit_test(what_is_no_utf8_costs_one_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
