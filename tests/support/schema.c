#include "tests/support/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
    const struct json *root; // of the schema
    char *why;
    size_t room;
    char path[512];
};

static bool valid(struct check *c, const struct json *schema, const struct json *x);

static bool wrong(const struct check *c, const char *what, const struct json *at)
{
    snprintf(c->why, c->room, "%s: %s (%.*s)", c->path[0] ? c->path : "/", what,
             at ? (int)(at->size < 40 ? at->size : 40) : 0, at && at->text ? at->text : "");
    return false;
}

static bool key_is(const struct json *x, const char *key)
{
    return x->key_size == strlen(key) && memcmp(x->key, key, x->key_size) == 0;
}

static bool same_text(const struct json *a, const struct json *b)
{
    return a->type == b->type && a->size == b->size &&
           (a->size == 0 || memcmp(a->text, b->text, a->size) == 0);
}

static double number_of(const struct json *x)
{
    return strtod(x->text, NULL);
}

static bool is_whole(const struct json *x)
{
    return x->type == JSON_NUMBER && memchr(x->text, '.', x->size) == NULL &&
           memchr(x->text, 'e', x->size) == NULL && memchr(x->text, 'E', x->size) == NULL;
}

static bool has_type(const struct json *x, const struct json *type)
{
    return (json_is(type, "null") && x->type == JSON_NULL) ||
           (json_is(type, "boolean") && (x->type == JSON_TRUE || x->type == JSON_FALSE)) ||
           (json_is(type, "number") && x->type == JSON_NUMBER) ||
           (json_is(type, "integer") && is_whole(x)) ||
           (json_is(type, "string") && x->type == JSON_STRING) ||
           (json_is(type, "array") && x->type == JSON_ARRAY) ||
           (json_is(type, "object") && x->type == JSON_OBJECT);
}

static bool check_type(const struct json *k, const struct json *x)
{
    if (k->type == JSON_STRING)
        return has_type(x, k);
    for (const struct json *t = k->child; t; t = t->next)
        if (has_type(x, t))
            return true;
    return false;
}

static bool check_enum(const struct json *k, const struct json *x)
{
    for (const struct json *e = k->child; e; e = e->next)
        if (same_text(e, x))
            return true;
    return false;
}

static bool check_required(struct check *c, const struct json *k, const struct json *x)
{
    for (const struct json *r = k->child; r && x->type == JSON_OBJECT; r = r->next) {
        char key[128];
        snprintf(key, sizeof key, "%.*s", (int)r->size, r->text);
        if (!json_at(x, key))
            return wrong(c, "a key is missing", r);
    }
    return true;
}

// A value inside, with the place in mind.
static bool check_inside(struct check *c, const struct json *schema, const struct json *x,
                         const char *name, size_t size)
{
    size_t n = strlen(c->path);
    snprintf(c->path + n, sizeof c->path - n, "/%.*s", (int)size, name);
    bool ok = valid(c, schema, x);
    c->path[n] = '\0';
    return ok;
}

static bool check_items(struct check *c, const struct json *k, const struct json *x)
{
    char name[16];
    int i = 0;
    for (const struct json *e = x->type == JSON_ARRAY ? x->child : NULL; e; e = e->next) {
        int n = snprintf(name, sizeof name, "%d", i++);
        if (!check_inside(c, k, e, name, (size_t)n))
            return false;
    }
    return true;
}

static const struct json *find(const struct json *object, const char *key, size_t size)
{
    for (const struct json *e = object ? object->child : NULL; e; e = e->next)
        if (e->key_size == size && memcmp(e->key, key, size) == 0)
            return e;
    return NULL;
}

// Properties, and the schema of all others.
static bool check_members(struct check *c, const struct json *schema, const struct json *x)
{
    const struct json *properties = json_at(schema, "properties");
    const struct json *others = json_at(schema, "additionalProperties");
    for (const struct json *e = x->type == JSON_OBJECT ? x->child : NULL; e; e = e->next) {
        const struct json *of = find(properties, e->key, e->key_size);
        of = of ? of : others;
        if (of && of->type == JSON_FALSE) {
            snprintf(c->why, c->room, "%s: %.*s is not in the schema", c->path,
                     (int)e->key_size, e->key);
            return false;
        }
        if (of && !check_inside(c, of, e, e->key, e->key_size))
            return false;
    }
    return true;
}

static bool check_reference(struct check *c, const struct json *k, const struct json *x)
{
    static const char begin[] = "#/$defs/";
    size_t n = sizeof begin - 1;
    if (k->size <= n || memcmp(k->text, begin, n) != 0)
        return wrong(c, "a reference that is not to #/$defs", k);
    const struct json *to = find(json_at(c->root, "$defs"), k->text + n, k->size - n);
    return to ? valid(c, to, x) : wrong(c, "a reference to nothing", k);
}

static bool is_remark(const struct json *k)
{
    return key_is(k, "$schema") || key_is(k, "$defs") || key_is(k, "title") ||
           key_is(k, "description") || key_is(k, "properties") ||
           key_is(k, "additionalProperties"); // the last two are looked at together
}

static bool check_keyword(struct check *c, const struct json *k, const struct json *x)
{
    bool number = x->type == JSON_NUMBER, text = x->type == JSON_STRING;
    if (is_remark(k))
        return true;
    if (key_is(k, "$ref"))
        return check_reference(c, k, x);
    if (key_is(k, "type"))
        return check_type(k, x) || wrong(c, "of another type", x);
    if (key_is(k, "enum"))
        return check_enum(k, x) || wrong(c, "none of the values", x);
    if (key_is(k, "required"))
        return check_required(c, k, x);
    if (key_is(k, "items"))
        return check_items(c, k, x);
    if (key_is(k, "minimum"))
        return !number || number_of(x) >= number_of(k) || wrong(c, "too small", x);
    if (key_is(k, "maximum"))
        return !number || number_of(x) <= number_of(k) || wrong(c, "too large", x);
    if (key_is(k, "minLength"))
        return !text || (double)x->size >= number_of(k) || wrong(c, "too short", x);
    if (key_is(k, "maxLength"))
        return !text || (double)x->size <= number_of(k) || wrong(c, "too long", x);
    snprintf(c->why, c->room, "the schema's keyword %.*s is not known here",
             (int)k->key_size, k->key);
    return false;
}

static bool valid(struct check *c, const struct json *schema, const struct json *x)
{
    for (const struct json *k = schema->child; k; k = k->next)
        if (!check_keyword(c, k, x))
            return false;
    return check_members(c, schema, x);
}

bool schema_check(const struct json_document *schema, const struct json_document *document,
                  char *why, size_t room)
{
    struct check c = { .root = schema->nodes, .why = why, .room = room };
    why[0] = '\0';
    return valid(&c, schema->nodes, document->nodes);
}
