#include "scenarios/host/drop.h"

#include <stdio.h>
#include <string.h>

#include "scenarios/host/scan.h"

// Tokens that are looked through for another use of a name, in all: then nothing more is said.
#define LOOKS 2000000u

// A name and what follows it: db[1]:slow(2), link(a, b):drop(0.1), timeout(1*s).
struct chain {
    struct scn_token name, next; // next: what stands behind all of it
    struct scn_scan behind;      // after next
    int calls;
    bool is_call;   // it ends with a call
    bool is_method; // of a method
    bool is_plain;  // a word that is called, and nothing more
};

struct drops {
    struct scn_scan scan;
    struct scn_token last; // the one before
    int depth;             // of brackets
    uint32_t left;         // tokens to look through
    void (*told)(void *ctx, const struct chain *c, const struct scn_token *local);
    void *ctx;
};

static bool is_opener(const struct scn_token *t)
{
    static const char *const signs[] = { "(", "[", "{", NULL };
    return scn_token_is_any(t, signs);
}

static bool is_closer(const struct scn_token *t)
{
    static const char *const signs[] = { ")", "]", "}", NULL };
    return scn_token_is_any(t, signs);
}

static void skip_brackets(struct scn_scan *s)
{
    int depth = 1;
    while (depth > 0) {
        struct scn_token t = scn_scan_next(s);
        if (t.kind == SCN_TOKEN_END)
            return;
        depth += is_opener(&t) - is_closer(&t);
    }
}

static struct chain read_chain(struct scn_token name, struct scn_scan s)
{
    struct chain c = { .name = name, .is_plain = true };
    bool is_method = false;
    for (;;) {
        struct scn_token t = scn_scan_next(&s);
        bool is_call = t.kind == SCN_TOKEN_TEXT || (is_opener(&t) && *t.text != '[');
        c.next = t;
        c.behind = s;
        if (!is_call && !is_opener(&t) && !scn_token_is(&t, ".") && !scn_token_is(&t, ":"))
            break;
        c.calls += is_call;
        c.is_call = is_call;
        c.is_method = is_call && is_method;
        is_method = scn_token_is(&t, ":");
        if (is_opener(&t))
            skip_brackets(&s);
        else if (t.kind != SCN_TOKEN_TEXT)
            scn_scan_next(&s);
        c.is_plain = c.is_plain && is_call;
    }
    c.is_plain = c.is_plain && c.calls == 1;
    return c;
}

// Keys of tables and fields are other names, and what is assigned to is not read.
static bool is_met(struct drops *d, const struct scn_token *name, struct scn_scan s)
{
    struct scn_token last = { .kind = SCN_TOKEN_END };
    for (; d->left > 0; d->left--) {
        struct scn_token t = scn_scan_next(&s);
        if (t.kind == SCN_TOKEN_END)
            return false;
        struct scn_scan ahead = s;
        struct scn_token next = scn_scan_next(&ahead);
        bool is_same = t.kind == SCN_TOKEN_NAME && t.n == name->n &&
                       memcmp(t.text, name->text, t.n) == 0;
        bool is_field = scn_token_is(&last, ".") || scn_token_is(&last, ":");
        if (is_same && !is_field && !scn_token_is(&next, "="))
            return true;
        last = t;
    }
    return true;
}

// local x = word(...), where an operator behind it would make something else of it.
static void look_at_local(struct drops *d)
{
    static const char *const operators[] = { "and", "or", ",", "==", "~=", "<", ">", "<=",
                                             ">=",  "+",  "-", "*",  "/",  "%", "^", "..",
                                             "//",  "&",  "|", "<<", ">>", NULL };
    struct scn_scan s = d->scan;
    struct scn_token name = scn_scan_next(&s), t = scn_scan_next(&s);
    if (scn_token_is(&t, "<")) { // local x <const>
        scn_scan_next(&s);
        scn_scan_next(&s);
        t = scn_scan_next(&s);
    }
    if (name.kind != SCN_TOKEN_NAME || !scn_token_is(&t, "="))
        return;
    t = scn_scan_next(&s);
    if (t.kind != SCN_TOKEN_NAME)
        return;
    struct chain c = read_chain(t, s);
    if (c.is_call && !scn_token_is_any(&c.next, operators) && !is_met(d, &name, s))
        d->told(d->ctx, &c, &name);
}

static void look(struct drops *d)
{
    d->left = LOOKS;
    for (;;) {
        struct scn_token t = scn_scan_next(&d->scan);
        if (t.kind == SCN_TOKEN_END)
            return;
        if (d->depth == 0 && scn_token_is(&t, "local")) {
            look_at_local(d);
        } else if (t.kind == SCN_TOKEN_NAME && d->depth == 0 &&
                   scn_token_ends_statement(&d->last)) {
            struct chain c = read_chain(t, d->scan);
            if (c.is_call)
                d->told(d->ctx, &c, NULL);
        }
        d->depth += is_opener(&t) - is_closer(&t);
        d->last = t;
    }
}

// ---- Knobs, policies and other parts ----

struct listener {
    sim_lint_remark *remark;
    void *ctx;
};

// What these make has no name by which others find it, but for a knob; a budget has a remark of its
// own.
static bool makes_part(const struct scn_token *t)
{
    static const char *const words[] = {
        "host",     "timeout",  "retry",       "breaker",    "bulkhead",
        "throttle", "shed",     "connections", "rate_limit", "concurrency_limit",
        "hedge",    "fallback", "idempotency", "quota",      "semaphore",
        "lock",     "threads",  "asyncio",     "processes",  "subinterpreters",
        "gunicorn", "celery",   "uvicorn",     "cpython",    NULL
    };
    return scn_token_is_any(t, words);
}

static void tell_part(void *ctx, const struct chain *c, const struct scn_token *local)
{
    const struct listener *l = ctx;
    char text[200];
    if (!c->is_plain)
        return;
    if (scn_token_is(&c->name, "knob") && local)
        snprintf(text, sizeof text,
                 "nothing reads the knob in \"%.*s\", so turning it changes nothing",
                 (int)local->n, local->text);
    else if (scn_token_is(&c->name, "knob"))
        snprintf(text, sizeof text,
                 "nothing reads this knob, so turning it changes nothing: local n = "
                 "knob(...), and n where the number stands");
    else if (makes_part(&c->name) && local)
        snprintf(text, sizeof text,
                 "nothing uses \"%.*s\", so its %.*s(...) changes nothing", (int)local->n,
                 local->text, (int)c->name.n, c->name.text);
    else if (makes_part(&c->name))
        snprintf(text, sizeof text,
                 "%.*s(...) makes something here that is dropped, and changes nothing",
                 (int)c->name.n, c->name.text);
    else
        return;
    l->remark(l->ctx, c->name.line, text);
}

void scn_drop_lint(const char *text, size_t length, sim_lint_remark *remark, void *ctx)
{
    struct listener l = { remark, ctx };
    struct drops d = { .scan = scn_scan_of(text, length), .told = tell_part, .ctx = &l };
    look(&d);
}

// ---- Faults ----

struct lines {
    int *at;
    uint32_t count, room;
};

static void tell_fault(void *ctx, const struct chain *c, const struct scn_token *local)
{
    struct lines *l = ctx;
    (void)local;
    bool is_set = c->is_plain && scn_token_is(&c->name, "set");
    if (l->count < l->room && (is_set || c->is_method))
        l->at[l->count++] = c->name.line;
}

uint32_t scn_drop_lines(const char *text, size_t length, int *lines, uint32_t room)
{
    struct lines l = { .at = lines, .room = room };
    struct drops d = { .scan = scn_scan_of(text, length), .told = tell_fault, .ctx = &l };
    look(&d);
    return l.count;
}
