#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "scenarios/sandbox/error.h"

static const char *clean(const char *text, size_t length, int columns, int lines)
{
    static char out[256];
    size_t written = scn_text_clean(out, sizeof out, text, length, columns, lines);
    assert_int_equal(written, strlen(out));
    return out;
}

#define CLEAN(literal) clean(literal, sizeof(literal) - 1, 80, 1)

static void plain_text_and_utf8_pass(void **state)
{
    (void)state;
    assert_string_equal(CLEAN("retry \"grpc\""), "retry \"grpc\"");
    assert_string_equal(CLEAN("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x90\x8d"),
                        "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x90\x8d");
    assert_string_equal(CLEAN("a\tb"), "a    b");
}

static void terminal_commands_become_visible(void **state)
{
    (void)state;
    assert_string_equal(CLEAN("\x1b[31mred\a\0x"), "\\x1b[31mred\\x07\\x00x");
    assert_string_equal(CLEAN("\xc2\x9b"
                              "1m"),
                        "\\xc2\\x9b1m");
    assert_string_equal(CLEAN("\xe2\x80\xae"
                              "evil"),
                        "\\xe2\\x80\\xaeevil");
    assert_string_equal(CLEAN("\x7f\r"), "\\x7f\\x0d");
}

static void broken_utf8_becomes_visible(void **state)
{
    (void)state;
    assert_string_equal(CLEAN("\xff\xfe"), "\\xff\\xfe");
    assert_string_equal(CLEAN("\xe2\x82"), "\\xe2\\x82");
    assert_string_equal(CLEAN("\xc0\x80"), "\\xc0\\x80");
    assert_string_equal(CLEAN("\xc1\x81"), "\\xc1\\x81"); // A, in one byte too many
    assert_string_equal(CLEAN("\xed\xa0\x80"), "\\xed\\xa0\\x80");
    assert_string_equal(CLEAN("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

static void long_lines_and_many_lines_are_cut(void **state)
{
    (void)state;
    assert_string_equal(clean("abcdefgh", 8, 5, 1), "abcde...");
    assert_string_equal(clean("abcde", 5, 5, 1), "abcde");
    assert_string_equal(clean("abcdef\nx", 8, 5, 2), "abcde\nx");
    assert_string_equal(clean("a\nb\nc", 5, 80, 2), "a\nb");
    assert_string_equal(clean("a\nb", 3, 80, 1), "a");
}

static void the_space_is_never_left(void **state)
{
    (void)state;
    char out[8];
    memset(out, '#', sizeof out);
    scn_text_clean(out, 7, "\x01\x02\x03", 3, 80, 1);
    assert_string_equal(out, "\\x01");
    assert_int_equal(out[7], '#');
    scn_text_clean(out, 1, "abc", 3, 80, 1);
    assert_string_equal(out, "");
}

static void an_error_shows_place_line_and_advice(void **state)
{
    (void)state;
    static const char script[] =
        "-- first\nlocal x\n      retry { max_attempt = 4 },\r\nlast";
    static const char message[] =
        "retry has no key \"max_attempt\"\nknown: base cap\nsecond";
    struct scn_error error;
    char out[512];
    scn_error_set(&error, SCN_ERROR_SCRIPT, "storm.lua", 3, message, sizeof message - 1);
    scn_error_excerpt(&error, script, sizeof script - 1);
    size_t written = scn_error_format(&error, out, sizeof out);
    assert_string_equal(out, "storm.lua:3: retry has no key \"max_attempt\"\n"
                             "   3 |       retry { max_attempt = 4 },\n"
                             "     known: base cap\n"
                             "     second\n");
    assert_int_equal(written, strlen(out));
}

// A line of 300 characters with the word at that place, and what is shown of it.
static void shown_of(const char *message, const char *word, size_t at, char *shown)
{
    struct scn_error error;
    char line[301];
    memset(line, '.', 300);
    line[300] = '\0';
    memcpy(line + at, word, strlen(word));
    scn_error_set(&error, SCN_ERROR_SCRIPT, "a.lua", 1, message, strlen(message));
    scn_error_excerpt(&error, line, 300);
    strcpy(shown, error.excerpt);
}

static void a_long_line_is_shown_around_what_is_wrong(void **state)
{
    (void)state;
    char shown[128];
    const char *message = "retry {}: there is no key \"basis\"; did you mean \"base\"?";
    for (size_t at = 0; at <= 295; at++) {
        shown_of(message, "basis", at, shown);
        assert_non_null(strstr(shown, "basis"));
    }
    shown_of(message, "basis", 150, shown);
    assert_memory_equal(shown, "...", 3);
    assert_string_equal(shown + strlen(shown) - 3, "...");
    assert_int_equal(strlen(shown), 103);
    shown_of("io: expected a number, got nothing", " io()", 200, shown);
    assert_non_null(strstr(shown, " io()"));
    shown_of("req.ordr: no client sends it; did you mean \"order\"?", "req.ordr  order",
             200, shown);
    assert_non_null(strstr(shown, "req.ordr"));
    shown_of("syntax error near 'then'", " then", 290, shown);
    assert_non_null(strstr(shown, " then"));
    shown_of(message, "nobasis", 150, shown); // a part of another word: the beginning
    assert_null(strstr(shown, "basis"));
}

static void an_error_without_place_is_only_its_text(void **state)
{
    (void)state;
    struct scn_error error;
    char out[64];
    scn_error_set(&error, SCN_ERROR_SCRIPT, NULL, 0, "no", 2);
    scn_error_excerpt(&error, "x", 1);
    scn_error_format(&error, out, sizeof out);
    assert_string_equal(out, "no\n");
}

static void a_line_behind_the_end_has_no_excerpt(void **state)
{
    (void)state;
    struct scn_error error;
    scn_error_set(&error, SCN_ERROR_SCRIPT, "a.lua", 9, "no", 2);
    scn_error_excerpt(&error, "x\ny", 3);
    assert_string_equal(error.excerpt, "");
}

static void formatting_is_cut_to_the_space(void **state)
{
    (void)state;
    struct scn_error error;
    char out[256];
    scn_error_set(&error, SCN_ERROR_SCRIPT, "a.lua", 1, "long text\nand advice", 20);
    scn_error_excerpt(&error, "the script", 10);
    for (size_t size = 0; size < 80; size++) {
        memset(out, '#', sizeof out);
        size_t written = scn_error_format(&error, out, size);
        assert_true(size == 0 ? written == 0 : written < size);
        assert_int_equal(out[size], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_and_utf8_pass),
        cmocka_unit_test(terminal_commands_become_visible),
        cmocka_unit_test(broken_utf8_becomes_visible),
        cmocka_unit_test(long_lines_and_many_lines_are_cut),
        cmocka_unit_test(the_space_is_never_left),
        cmocka_unit_test(an_error_shows_place_line_and_advice),
        cmocka_unit_test(a_long_line_is_shown_around_what_is_wrong),
        cmocka_unit_test(an_error_without_place_is_only_its_text),
        cmocka_unit_test(a_line_behind_the_end_has_no_excerpt),
        cmocka_unit_test(formatting_is_cut_to_the_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
