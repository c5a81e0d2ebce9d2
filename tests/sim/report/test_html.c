#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/html.h"
#include "sim/report/html_write.h"
#include "tests/sim/report/memory_sink.h"
#include "tests/sim/report/stories.h"

#define HOSTILE "</p><script>alert('x & y')</script>\x1b[31m\xff\xe2\x80\xae\""

// ---- Reading it as a browser would, as far as it matters here ----

static bool has_no_end(const char *name)
{
    static const char *const names[] = { "!DOCTYPE", "meta", "img", "br" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

// Every element ends, inside the one that it began in, and is one that a report has.
static void wants_whole(const char *html)
{
    static const char known[] = " html head title style body h1 h2 p b table tr th td span "
                                "figure figcaption pre ol li footer code ";
    char open[64][16], name[16], padded[20];
    uint32_t depth = 0;
    for (const char *p = html; (p = strchr(p, '<')); p++) {
        bool is_end = p[1] == '/';
        if (sscanf(p + 1 + is_end, "%15[!A-Za-z0-9]", name) != 1)
            fail_msg("no element at: %.60s", p);
        if (has_no_end(name))
            continue;
        snprintf(padded, sizeof padded, " %s ", name);
        if (!strstr(known, padded))
            fail_msg("an element \"%s\" at: %.60s", name, p);
        if (!is_end) {
            assert_true(depth < 64);
            strcpy(open[depth++], name);
        } else if (depth == 0 || strcmp(open[--depth], name) != 0) {
            fail_msg("</%s> ends nothing at: %.60s", name, p);
        }
    }
    assert_int_equal(depth, 0);
}

static char *write_page(const struct sim_html *h)
{
    struct memory_sink m;
    struct sim_sink sink = memory_sink(&m);
    sim_report_html(h, &sink);
    return m.text;
}

static void wants(const char *html, const char *text)
{
    if (!strstr(html, text))
        fail_msg("the page does not have: %s", text);
}

static void a_report_is_a_whole_page_with_all_its_parts(void **state)
{
    (void)state;
    struct story s;
    const struct sim_verdict verdicts[] = {
        { .text = "nobody waits long",
          .because = "there is room",
          .path = "users.latency.p99",
          .line = 34,
          .state = SIM_FAILED,
          .measured = 0.991,
          .has_max = true,
          .max = 0.05 },
        { .text = "elsewhere", .line = 36, .state = SIM_NOT_JUDGED, .variant = "other" },
    };
    const unsigned char bytes[] = "foobar";
    const struct sim_html_picture picture = { "At 3 s", "image/svg+xml", bytes, 6 };
    story_queue(&s, 500, 5);
    s.report.verdicts = verdicts;
    s.report.verdict_count = 2;
    s.report.version = "9.9";
    const struct sim_html h = { .of = &s.report,
                                .pictures = &picture,
                                .picture_count = 1,
                                .script = "first line\r\nsecond",
                                .command = "convoy run 'x.lua' --seed 1" };
    char *html = write_page(&h);
    wants_whole(html);
    wants(html, "<b>FAILED</b>");
    wants(html, "nobody waits long");
    wants(html, "991 ms");
    wants(html, "at most 50 ms");
    wants(html, "line 34");
    wants(html, "1 more belong to other variants");
    wants(html, "alt=\"At 3 s\" src=\"data:image/svg+xml;base64,Zm9vYmFy\"");
    wants(html, "<li>first line</li>\n<li>second</li>\n</ol>");
    wants(html, "convoy run &#39;x.lua&#39; --seed 1");
    wants(html, "convoy 9.9");
    assert_null(strstr(html, "elsewhere"));
    assert_null(strstr(html, "http"));
    free(html);
    story_close(&s);
}

static void text_from_a_script_stays_text(void **state)
{
    (void)state;
    struct story s;
    const struct sim_verdict verdict = { .text = HOSTILE,
                                         .because = HOSTILE,
                                         .path = HOSTILE,
                                         .relative_to = HOSTILE,
                                         .state = SIM_UNDECIDED,
                                         .measured = NAN };
    const struct sim_html_picture picture = { HOSTILE, "image/png", NULL, 0 };
    story_queue(&s, 500, 5);
    s.report.verdicts = &verdict;
    s.report.verdict_count = 1;
    s.report.scenario = s.report.about = s.report.file = s.report.variant = HOSTILE;
    const struct sim_html h = { .of = &s.report,
                                .pictures = &picture,
                                .picture_count = 1,
                                .script = HOSTILE "\n" HOSTILE,
                                .command = HOSTILE };
    char *html = write_page(&h);
    wants_whole(html);
    assert_null(strstr(html, "<script"));
    assert_null(strchr(html, '\x1b'));
    assert_null(strchr(html, '\xff'));
    assert_null(strstr(html, "\xe2\x80\xae"));
    wants(html, "<h1>&lt;/p&gt;&lt;script&gt;alert(&#39;x &amp; y&#39;)&lt;/script&gt;");
    free(html);
    story_close(&s);
}

// The test vectors of RFC 4648, section 10.
static void base64_is_that_of_its_standard(void **state)
{
    (void)state;
    static const char *const wanted[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
                                          "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
    for (size_t n = 0; n < sizeof wanted / sizeof *wanted; n++) {
        struct memory_sink m;
        struct sim_sink sink = memory_sink(&m);
        sim_html_base64(&sink, (const unsigned char *)"foobar", n);
        assert_string_equal(m.text, wanted[n]);
        free(m.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_a_whole_page_with_all_its_parts),
        cmocka_unit_test(text_from_a_script_stays_text),
        cmocka_unit_test(base64_is_that_of_its_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
