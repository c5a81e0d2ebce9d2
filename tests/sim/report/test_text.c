#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/text.h"
#include "sim/report/utf8.h"
#include "tests/sim/report/memory_sink.h"
#include "tests/sim/report/stories.h"

static const struct sim_verdict verdicts[] = {
    { .text = "before the stall all is well",
      .path = "users.goodput_per_s",
      .line = 31,
      .state = SIM_PASSED,
      .measured = 316.2,
      .has_min = true,
      .min = 310,
      .from = 5 * (sim_time)SIM_S,
      .to = 20 * (sim_time)SIM_S },
    { .text = "nobody waits long",
      .because = "there is room for all of them",
      .path = "users.latency.p99",
      .line = 34,
      .state = SIM_FAILED,
      .measured = 0.991,
      .has_max = true,
      .max = 0.05 },
    { .text = "on most seeds",
      .line = 35,
      .state = SIM_UNDECIDED,
      .measured = NAN,
      .seeds = 20,
      .seeds_held = 12,
      .share_wanted = 0.9,
      .note = "7 seeds hit a cap" },
    { .text = "elsewhere", .line = 36, .state = SIM_NOT_JUDGED, .variant = "no retries" },
    { .text = "elsewhere too",
      .line = 37,
      .state = SIM_NOT_JUDGED,
      .variant = "no retries" },
};

static void open_storm(struct story *s)
{
    story_storm(s, 4);
    s->report.verdicts = verdicts;
    s->report.verdict_count = sizeof verdicts / sizeof *verdicts;
}

static char *write_text(const struct sim_report *r, struct sim_text_options options)
{
    struct memory_sink m;
    struct sim_sink sink = memory_sink(&m);
    sim_report_text(r, &options, &sink);
    return m.text;
}

static void expect_in(const char *text, const char *words)
{
    if (strstr(text, words))
        return;
    print_error("\"%s\" is not in:\n%s\n", words, text);
    fail();
}

static void expect_fits(const char *text, uint32_t width)
{
    while (*text) {
        const char *line = text;
        uint32_t n = 0;
        while (*text != '\n')
            n += (uint32_t)sim_utf8_columns(sim_utf8_next(&text));
        if (n > width) {
            print_error("%u columns where %u are: %.*s\n", n, width, (int)(text - line),
                        line);
            fail();
        }
        assert_true(text == line || text[-1] != ' ');
        text++;
    }
}

static void lines_keep_within_the_width(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    for (uint32_t width = SIM_TEXT_NARROW; width <= SIM_TEXT_WIDE; width += 3)
        for (int utf8 = 0; utf8 < 2; utf8++) {
            char *text = write_text(
                &s.report, (struct sim_text_options){ .width = width, .utf8 = utf8 });
            expect_fits(text, width);
            free(text);
        }
    story_close(&s);
}

static void plain_text_is_ascii_without_escapes(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    char *text = write_text(&s.report, sim_text_default());
    for (const char *p = text; *p; p++)
        assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
    free(text);
    story_close(&s);
}

// Nothing is said by colour alone: without its codes the text is the plain one.
static void colour_adds_nothing_but_codes(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    struct sim_text_options options = { .width = 100, .utf8 = true };
    char *plain = write_text(&s.report, options);
    options.colour = true;
    char *coloured = write_text(&s.report, options), *to = coloured;
    assert_non_null(strstr(coloured, "\033["));
    for (const char *p = coloured; *p;) {
        if (*p != '\033') {
            *to++ = *p++;
            continue;
        }
        assert_true(p[1] == '[');
        p += 2 + strspn(p + 2, "0123456789;");
        assert_true(*p++ == 'm');
    }
    *to = '\0';
    assert_string_equal(coloured, plain);
    free(plain);
    free(coloured);
    story_close(&s);
}

static void it_says_what_was_simulated(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    s.report.variant = "two attempts";
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "Storm, variant \"two attempts\"");
    expect_in(text, "scenarios/test.lua\n");
    expect_in(text, "A world for tests.");
    expect_in(text, "60 s simulated, seed 1\n");
    expect_in(text, "users calls api (2 replicas, 32 workers each)\n"
                    "api calls db (16 workers)\n");
    free(text);
    story_close(&s);
}

static void faults_stand_under_the_axis(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "-| db slow x8, 20 s to 30 s\n");
    // A third of 69 columns after a margin of 11 is where 20 s of 60 s are.
    const char *mark = strstr(text, "-| db slow");
    const char *line = mark;
    while (line[-1] != '\n')
        line--;
    assert_int_equal(strchr(line, '|') - line, 11 + 69 / 3);
    free(text);
    story_close(&s);
}

static void tables_hold_the_figures(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "Services ");
    expect_in(text, "api x2 ");
    expect_in(text, "# queue ");
    expect_in(text, " timeout, ");
    expect_in(text, "Calls tried again");
    expect_in(text, "api calls db ");
    free(text);
    story_close(&s);
}

static void figures_of_millions_stand_apart(void **state)
{
    (void)state;
    struct story s;
    story_many(&s);
    char *text = write_text(&s.report, sim_text_default());
    const char *row = strstr(strstr(text, "\nClients"), "\ncustomers");
    assert_non_null(row);
    row += strcspn(row, " ");
    row += strspn(row, " ");
    // What was offered, and a space before what ended well.
    assert_in_range(strspn(row, "0123456789,"), 7, 9);
    free(text);
    story_close(&s);
}

static void a_line_that_is_nearly_never_there_keeps_to_its_column(void **state)
{
    (void)state;
    struct story s;
    story_rare(&s);
    char *text = write_text(&s.report, (struct sim_text_options){ .width = 80 });
    expect_in(text, "  <0.001  ");
    free(text);
    story_close(&s);
}

// Six ended well and one was offered: five of them were under way when the figures began.
static void it_says_who_came_before_the_figures_begin(void **state)
{
    (void)state;
    struct story s;
    story_early(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(strstr(text, "\nClients"), "\ncustomers                1        6        0");
    expect_in(text, "\n  5 more from the warm-up\n");
    free(text);
    story_close(&s);
    story_queue(&s, 10, 2);
    text = write_text(&s.report, sim_text_default());
    assert_null(strstr(text, "from the warm-up"));
    free(text);
    story_close(&s);
}

static void it_says_which_policies_refused(void **state)
{
    (void)state;
    struct story s;
    story_limit(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "  refused: 1,800 by rate limits\n");
    expect_in(text, "  1,800 rejected\n  refused: 1,800 retries by budgets\n");
    expect_fits(text, 80);
    free(text);
    story_close(&s);
    open_storm(&s);
    text = write_text(&s.report, sim_text_default());
    expect_in(text, " at a full line\n");
    free(text);
    story_close(&s);
    story_queue(&s, 10, 2);
    text = write_text(&s.report, sim_text_default());
    assert_null(strstr(text, "refused:"));
    free(text);
    story_close(&s);
}

static void a_tenants_request_ends_in_one_column(void **state)
{
    (void)state;
    struct story s;
    story_limit(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "\n1                           2,000        200      1,800          0\n"
                    "2                               3          0          0          3\n");
    free(text);
    story_close(&s);
}

static void the_order_of_policies_is_shown(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "Around calls, outermost first");
    expect_in(text, "api calls db: retry 4 > timeout 0.08 s");
    free(text);
    story_close(&s);
}

static void places_have_a_table_where_there_are_any(void **state)
{
    (void)state;
    struct story s;
    story_pool(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(
        text,
        "Places               limit   in use     most   waited  longest wait p99  refused");
    expect_in(text, "\npool                     2");
    expect_in(text, "as no connection came free");
    free(text);
    story_close(&s);
    open_storm(&s);
    text = write_text(&s.report, sim_text_default());
    assert_null(strstr(text, "Places"));
    free(text);
    story_close(&s);
}

static void calls_without_retries_are_left_out(void **state)
{
    (void)state;
    struct story s;
    story_storm(&s, 1);
    char *text = write_text(&s.report, sim_text_default());
    assert_null(strstr(text, "Calls tried again"));
    free(text);
    story_close(&s);
}

static void a_wanted_figure_and_one_that_was_not_measured_are_said(void **state)
{
    (void)state;
    struct story s;
    struct sim_verdict v = { .text = "just one", .measured = NAN, .line = 3 };
    story_storm(&s, 4);
    v.has_min = v.has_max = true;
    v.min = v.max = 1;
    v.state = SIM_UNDECIDED;
    s.report.verdicts = &v;
    s.report.verdict_count = 1;
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "measured: not measured, wanted 1\n");
    free(text);
    v.state = SIM_FAILED; // the whole window was there
    text = write_text(&s.report, sim_text_default());
    expect_in(text, "measured: no samples, wanted 1\n");
    free(text);
    story_close(&s);
}

static void expectations_say_what_was_measured_and_wanted(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "passed     before the stall all is well\n"
                    "           users.goodput_per_s from 5 s to 20 s: 316, wanted at "
                    "least 310\n");
    expect_in(text, "FAILED     nobody waits long (scenarios/test.lua, line 34)\n"
                    "           users.latency.p99: 991 ms, wanted at most 50 ms\n"
                    "           because there is room for all of them\n");
    expect_in(text, "undecided  on most seeds\n"
                    "           held on 12 of 20 seeds, wanted 90 %\n"
                    "           7 seeds hit a cap\n");
    expect_in(text, "2 not judged, of other variants: \"no retries\"\n");
    free(text);
    story_close(&s);
}

static void quiet_is_expectations_and_nothing_else(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    struct sim_text_options options = sim_text_default();
    options.quiet = true;
    char *text = write_text(&s.report, options);
    assert_int_equal(strncmp(text, "Expectations\n", 13), 0);
    assert_null(strstr(text, "Services"));
    assert_null(strstr(text, "What happened"));
    free(text);
    story_close(&s);
}

static void what_cut_the_run_short_is_said(void **state)
{
    (void)state;
    struct story s;
    story_queue(&s, 300, 10);
    sim_run_close(s.run);
    struct sim_run_def def;
    sim_run_default(&def);
    def.model = s.model;
    def.limits.events = 5000;
    s.run = sim_run_open(&def);
    s.report.run = s.run;
    s.report.state = sim_run_until(s.run, SIM_NEVER);
    sim_run_finish(s.run);
    assert_int_equal(s.report.state, SIM_AT_LIMIT);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "Stopped at ");
    expect_in(text, " of 10 s: ");
    free(text);
    s.report.interrupted = true;
    text = write_text(&s.report, sim_text_default());
    expect_in(text, "Interrupted at ");
    free(text);
    story_close(&s);
}

static void words_of_scripts_cannot_drive_the_terminal(void **state)
{
    (void)state;
    struct story s;
    open_storm(&s);
    struct sim_verdict nasty = { .text = "\033[2J\033]0;x\a claim",
                                 .because = "\x9b"
                                            "31m \xc2\x9b",
                                 .path = "\033c.p",
                                 .variant = "\r\n",
                                 .note = "\b\b",
                                 .line = 1,
                                 .state = SIM_FAILED,
                                 .measured = 1,
                                 .has_max = true };
    struct sim_verdict many[] = { nasty, nasty };
    many[1].state = SIM_NOT_JUDGED;
    s.report.verdicts = many;
    s.report.verdict_count = 2;
    s.report.scenario = s.report.about = s.report.variant = "\033[31m\xe2\x80\xae";
    s.report.file = "\033]8;;x\a.lua";
    snprintf(s.fault.label, sizeof s.fault.label, "\033[0m\n");
    for (int utf8 = 0; utf8 < 2; utf8++) {
        char *text =
            write_text(&s.report, (struct sim_text_options){ .width = 80, .utf8 = utf8 });
        for (const char *p = text; *p;) {
            uint32_t c = sim_utf8_next(&p);
            assert_true(c == '\n' || !sim_utf8_is_control(c));
        }
        free(text);
    }
    story_close(&s);
}

static void an_empty_run_has_a_report_too(void **state)
{
    (void)state;
    struct story s;
    story_nothing(&s);
    char *text = write_text(&s.report, sim_text_default());
    expect_in(text, "What happened\nNo request was offered");
    assert_null(strstr(text, "nan"));
    free(text);
    story_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_keep_within_the_width),
        cmocka_unit_test(plain_text_is_ascii_without_escapes),
        cmocka_unit_test(colour_adds_nothing_but_codes),
        cmocka_unit_test(it_says_what_was_simulated),
        cmocka_unit_test(faults_stand_under_the_axis),
        cmocka_unit_test(tables_hold_the_figures),
        cmocka_unit_test(figures_of_millions_stand_apart),
        cmocka_unit_test(a_line_that_is_nearly_never_there_keeps_to_its_column),
        cmocka_unit_test(it_says_who_came_before_the_figures_begin),
        cmocka_unit_test(it_says_which_policies_refused),
        cmocka_unit_test(a_tenants_request_ends_in_one_column),
        cmocka_unit_test(the_order_of_policies_is_shown),
        cmocka_unit_test(places_have_a_table_where_there_are_any),
        cmocka_unit_test(calls_without_retries_are_left_out),
        cmocka_unit_test(a_wanted_figure_and_one_that_was_not_measured_are_said),
        cmocka_unit_test(expectations_say_what_was_measured_and_wanted),
        cmocka_unit_test(quiet_is_expectations_and_nothing_else),
        cmocka_unit_test(what_cut_the_run_short_is_said),
        cmocka_unit_test(words_of_scripts_cannot_drive_the_terminal),
        cmocka_unit_test(an_empty_run_has_a_report_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
