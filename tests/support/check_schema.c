// check_schema SCHEMA FILE: whether a JSON document is what a schema says; without a schema
// ("-"), whether it is JSON at all. Status 1 when it is not.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/schema.h"

#define ROOM (64u << 20)

static char *contents(const char *name, size_t *size)
{
    FILE *f = fopen(name, "rb");
    char *text = f ? malloc(ROOM) : NULL;
    if (text)
        *size = fread(text, 1, ROOM, f);
    if (f)
        fclose(f);
    return text;
}

static bool read_json(struct json_document *d, const char *name, char **text)
{
    size_t size = 0;
    *text = contents(name, &size);
    if (*text && json_read(d, *text, size))
        return true;
    printf("%s: %s\n", name, *text ? d->error : "no such file");
    return false;
}

int main(int argc, char **argv)
{
    struct json_document schema = { 0 }, document = { 0 };
    char *texts[2] = { NULL, NULL };
    char why[400];
    if (argc != 3) {
        fprintf(stderr, "check_schema SCHEMA FILE\n");
        return 2;
    }
    bool ok = read_json(&document, argv[2], &texts[0]);
    if (ok && strcmp(argv[1], "-") != 0) {
        ok = read_json(&schema, argv[1], &texts[1]);
        if (ok && !schema_check(&schema, &document, why, sizeof why)) {
            printf("%s: %s\n", argv[2], why);
            ok = false;
        }
    }
    json_free(&schema);
    json_free(&document);
    free(texts[0]);
    free(texts[1]);
    return ok ? 0 : 1;
}
