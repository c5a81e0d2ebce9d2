#include "scenarios/host/lint.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/scan.h"
#include "scenarios/host/scenario.h"

// Five remarks: a field of req compared outside of functions, a local name that hides a word, whole
// seconds without a unit, a step that is built in a function and dropped there, and one that is
// kept there for nothing.

#define DEPTH 200
#define KEPT  16
#define KEYS  200 // tokens of an option table that are looked at

// A step in a local name that has not been met again so far.
struct kept {
    struct scn_token name;
    uint32_t functions; // open around it
};

struct lint {
    struct scn_scan scan;
    struct scn_token last; // the one before
    // What is open, innermost last: '(' '[' '{' 'f'unction or other 'b'lock. Deeper than the
    // room nothing is remarked on.
    char open[DEPTH];
    uint32_t depth, functions;
    struct kept
        kept[KEPT]; // those of inner functions last; more than that are not followed
    uint32_t kept_count;
    sim_lint_remark *remark;
    void *ctx;
};

// ---- What is open ----

static void push(struct lint *l, char what)
{
    if (l->depth < DEPTH)
        l->open[l->depth] = what;
    l->depth++;
    l->functions += what == 'f';
}

static void pop(struct lint *l)
{
    if (l->depth == 0)
        return;
    l->depth--;
    if (l->depth < DEPTH && l->open[l->depth] == 'f')
        l->functions--;
}

static void follow(struct lint *l, const struct scn_token *t)
{
    static const char *const blocks[] = { "if", "do", "repeat", NULL };
    static const char *const openers[] = { "(", "[", "{", NULL };
    static const char *const closers[] = { ")", "]", "}", "end", "until", NULL };
    if (scn_token_is(t, "function"))
        push(l, 'f');
    else if (scn_token_is_any(t, blocks))
        push(l, 'b');
    else if (scn_token_is_any(t, openers))
        push(l, *t->text);
    else if (scn_token_is_any(t, closers))
        pop(l);
}

// In the midst of statements, and not inside a table or a call.
static bool among_statements(const struct lint *l)
{
    if (l->depth == 0)
        return true;
    return l->depth <= DEPTH &&
           (l->open[l->depth - 1] == 'f' || l->open[l->depth - 1] == 'b');
}

static bool begins_statement(const struct lint *l)
{
    return among_statements(l) && scn_token_ends_statement(&l->last);
}

// ---- Fields of req ----

static void check_req(const struct lint *l, const struct scn_token *t)
{
    struct scn_scan ahead = l->scan;
    struct scn_token next = scn_scan_next(&ahead);
    if (l->functions > 0 || !scn_token_is(t, "req") || !scn_token_is(&next, "."))
        return;
    scn_scan_next(&ahead);
    next = scn_scan_next(&ahead);
    if (scn_token_is(&next, "==") || scn_token_is(&next, "~="))
        l->remark(
            l->ctx, t->line,
            "comparing a field of req outside of a function(req) is always false: use "
            "choose(req.field, {value = steps})");
}

// ---- Names that hide a word ----

static bool is_in(const char *names, const struct scn_token *t)
{
    for (const char *p = names; *p; p += strcspn(p, " "), p += *p == ' ')
        if (strcspn(p, " ") == t->n && memcmp(p, t->text, t->n) == 0)
            return true;
    return false;
}

// A handler's own request is called req, which is what the word stands for.
static bool is_of_language(const struct scn_token *t)
{
    uint32_t n;
    const struct scn_word *words = scn_words(&n);
    if (t->kind != SCN_TOKEN_NAME || scn_token_is(t, "req"))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (is_in(words[i].name, t))
            return true;
    return false;
}

static void check_hidden(const struct lint *l, const struct scn_token *t)
{
    char text[200];
    if (!is_of_language(t))
        return;
    snprintf(text, sizeof text,
             "\"%.*s\" is a word of the language, which this name hides: give it another",
             (int)t->n, t->text);
    l->remark(l->ctx, t->line, text);
}

// The names behind local, for or a function's parenthesis: up to whatever is no name or comma.
static void check_names(const struct lint *l, struct scn_scan ahead)
{
    struct scn_token t = scn_scan_next(&ahead);
    while (t.kind == SCN_TOKEN_NAME && !scn_token_is(&t, "function")) {
        check_hidden(l, &t);
        t = scn_scan_next(&ahead);
        if (scn_token_is(&t, "<")) { // local x <const>
            scn_scan_next(&ahead);
            scn_scan_next(&ahead);
            t = scn_scan_next(&ahead);
        }
        if (!scn_token_is(&t, ","))
            return;
        t = scn_scan_next(&ahead);
    }
}

static void check_declared(const struct lint *l, const struct scn_token *t)
{
    struct scn_scan ahead = l->scan;
    if (scn_token_is(t, "local") || scn_token_is(t, "for"))
        check_names(l, ahead);
    if (!scn_token_is(t, "function"))
        return;
    struct scn_token name = scn_scan_next(&ahead);
    if (scn_token_is(&l->last, "local"))
        check_hidden(l, &name);
    while (name.kind != SCN_TOKEN_END && !scn_token_is(&name, "("))
        name = scn_scan_next(&ahead);
    check_names(l, ahead);
}

// ---- Seconds without a unit ----

// The text tells what the value does not: 5*s was meant so.
static bool is_bare(const struct scn_token *t, struct scn_scan behind, double *seconds)
{
    static const char *const operators[] = { "*", "/",  "//", "^", "%",  "+",
                                             "-", "..", "<",  ">", "==", NULL };
    struct scn_token next = scn_scan_next(&behind);
    char text[32];
    if (t->kind != SCN_TOKEN_NUMBER || t->n >= sizeof text ||
        scn_token_is_any(&next, operators))
        return false;
    memcpy(text, t->text, t->n);
    text[t->n] = '\0';
    *seconds = strtod(text, NULL);
    return *seconds >= 1;
}

static void remark_seconds(const struct lint *l, int line, const char *before,
                           double seconds, const char *after)
{
    char text[200];
    snprintf(text, sizeof text, "%s%.14g%s is %.14g s; are %.14g*ms meant?", before,
             seconds, after, seconds, seconds);
    l->remark(l->ctx, line, text);
}

// io(5), or db:latency(100).
static void check_call(const struct lint *l, const struct scn_token *t)
{
    struct scn_scan ahead = l->scan;
    struct scn_token next = scn_scan_next(&ahead);
    bool is_braced = scn_token_is(&next, "(");
    struct scn_token number = scn_scan_next(&ahead);
    char before[64];
    double seconds;
    if (!is_braced || !is_bare(&number, ahead, &seconds))
        return;
    snprintf(before, sizeof before, "%.*s(", (int)t->n, t->text);
    remark_seconds(l, t->line, before, seconds, ")");
}

// retry { base = 20 }: a key of a word's options, wherever in its brackets that stands.
static void check_key(const struct lint *l, const char *key)
{
    static const char *const openers[] = { "(", "{", NULL };
    static const char *const closers[] = { ")", "}", NULL };
    struct scn_scan ahead = l->scan;
    struct scn_token last = { .kind = SCN_TOKEN_END }, t = last;
    char before[64];
    double seconds;
    int depth = 0;
    for (int i = 0; i < KEYS; i++) {
        struct scn_token key_token = last;
        last = t;
        t = scn_scan_next(&ahead);
        depth += scn_token_is_any(&t, openers) ? 1 : scn_token_is_any(&t, closers) ? -1 : 0;
        if (depth <= 0)
            return;
        if (!scn_token_is(&key_token, key) || !scn_token_is(&last, "=") ||
            !is_bare(&t, ahead, &seconds))
            continue;
        snprintf(before, sizeof before, "%s = ", key);
        remark_seconds(l, t.line, before, seconds, "");
    }
}

static void check_seconds(const struct lint *l, const struct scn_token *t)
{
    static const char *const words[] = { "io", "sleep", "timeout", NULL };
    static const char *const links[] = { "link", "cache", "scenario", NULL };
    bool is_method = scn_token_is(&l->last, ":");
    if (is_method ? scn_token_is(t, "latency") : scn_token_is_any(t, words))
        check_call(l, t);
    if (!is_method && scn_token_is(t, "retry"))
        check_key(l, "base");
    if (!is_method && scn_token_is_any(t, links))
        check_key(l, "latency");
}

// ---- Steps that are dropped ----

static bool builds_step(const struct scn_token *t, struct scn_scan ahead)
{
    static const char *const steps[] = {
        "python",          "native", "io",  "sleep", "blocking", "call",   "gather",
        "times",           "with",   "try", "fail",  "reply",    "choose", "to_thread",
        "run_in_executor", NULL
    };
    struct scn_token next = scn_scan_next(&ahead);
    bool is_call =
        scn_token_is(&next, "(") || scn_token_is(&next, "{") || next.kind == SCN_TOKEN_TEXT;
    return is_call && scn_token_is_any(t, steps);
}

static void check_dropped(const struct lint *l, const struct scn_token *t)
{
    char text[200];
    if (l->functions == 0 || !builds_step(t, l->scan) || !begins_statement(l))
        return;
    snprintf(text, sizeof text,
             "this step is built and dropped, so nothing is done: await(%.*s ...)",
             (int)t->n, t->text);
    l->remark(l->ctx, t->line, text);
}

// ---- Steps that are kept for nothing ----

static bool is_same(const struct scn_token *x, const struct scn_token *y)
{
    return x->n == y->n && memcmp(x->text, y->text, x->n) == 0;
}

// Whoever has the name after that may await the step, or hand it on.
static void use_kept(struct lint *l, const struct scn_token *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->kept_count; i++)
        if (!is_same(&l->kept[i].name, t))
            l->kept[n++] = l->kept[i];
    l->kept_count = n;
}

// local x = io(...), in a function.
static void keep(struct lint *l, const struct scn_token *t)
{
    struct scn_scan ahead = l->scan;
    struct scn_token next = scn_scan_next(&ahead);
    if (l->functions == 0 || !scn_token_is(&l->last, "local") || !scn_token_is(&next, "="))
        return;
    next = scn_scan_next(&ahead);
    if (builds_step(&next, ahead) && l->kept_count < KEPT)
        l->kept[l->kept_count++] = (struct kept){ *t, l->functions };
}

static void tell(const struct lint *l, const struct scn_token *t)
{
    char text[200];
    snprintf(text, sizeof text,
             "the step in \"%.*s\" is never used, so nothing is done: await(%.*s)",
             (int)t->n, t->text, (int)t->n, t->text);
    l->remark(l->ctx, t->line, text);
}

// Where a function has ended, its local names have.
static void tell_kept(struct lint *l)
{
    uint32_t n = 0;
    while (n < l->kept_count && l->kept[n].functions <= l->functions)
        n++;
    for (uint32_t i = n; i < l->kept_count; i++)
        tell(l, &l->kept[i].name);
    l->kept_count = n;
}

void scn_lint_text(const char *text, size_t length, sim_lint_remark *remark, void *ctx)
{
    struct lint l = { .scan = scn_scan_of(text, length), .remark = remark, .ctx = ctx };
    for (;;) {
        struct scn_token t = scn_scan_next(&l.scan);
        if (t.kind == SCN_TOKEN_END)
            return;
        bool is_field = scn_token_is(&l.last, ".") || scn_token_is(&l.last, ":");
        if (t.kind == SCN_TOKEN_NAME && !scn_token_is(&l.last, "."))
            check_seconds(&l, &t);
        if (t.kind == SCN_TOKEN_NAME && !is_field) {
            check_req(&l, &t);
            check_declared(&l, &t);
            check_dropped(&l, &t);
            use_kept(&l, &t);
            keep(&l, &t);
        }
        follow(&l, &t);
        tell_kept(&l);
        l.last = t;
    }
}
