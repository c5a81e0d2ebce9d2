#define _DEFAULT_SOURCE // realpath, fileno
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scenarios/runner/runner_private.h"

#define FILE_CAP (16u << 20)

// Reads a plain file whole, with a zero behind it.
static bool read_whole(const char *path, struct scn_file *file, const char **wrong)
{
    struct stat about;
    // Opening what is no file, a pipe say, might wait for ever.
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        *wrong = "it is no file";
        return false;
    }
    FILE *f = fopen(path, "rb");
    *wrong = strerror(errno);
    if (!f)
        return false;
    bool ok = fstat(fileno(f), &about) == 0 && S_ISREG(about.st_mode);
    *wrong = "it is no file";
    if (ok && about.st_size > FILE_CAP) {
        *wrong = "it is longer than 16 MiB";
        ok = false;
    }
    file->text = ok ? malloc((size_t)about.st_size + 1) : NULL;
    if (file->text) {
        file->length = fread(file->text, 1, (size_t)about.st_size, f);
        file->text[file->length] = '\0';
    }
    fclose(f);
    return file->text != NULL;
}

static void folder_of(const char *file, char *folder, size_t size)
{
    const char *slash = strrchr(file, '/');
    if (slash)
        snprintf(folder, size, "%.*s", (int)(slash - file), file);
    else
        snprintf(folder, size, ".");
    if (slash == file)
        snprintf(folder, size, "/");
}

bool scn_script_load(struct scn_script *script, const char *file, const char *library,
                     char *message, size_t size)
{
    struct scn_file content = { 0 };
    const char *wrong;
    *script = (struct scn_script){ 0 };
    if (strlen(file) >= sizeof script->file) {
        snprintf(message, size, "the file's name is too long");
        return false;
    }
    if (!read_whole(file, &content, &wrong)) {
        snprintf(message, size, "cannot read %s: %s", file, wrong);
        return false;
    }
    snprintf(script->file, sizeof script->file, "%s", file);
    folder_of(file, script->folder, sizeof script->folder);
    if (library)
        snprintf(script->library, sizeof script->library, "%s", library);
    script->text = content.text;
    script->length = content.length;
    return true;
}

void scn_script_free(struct scn_script *script)
{
    free(script->text);
    script->text = NULL;
}

// A link inside the folder could lead anywhere: what it leads to must still lie in the folder.
static bool read_inside(const char *folder, const char *name, struct scn_file *file)
{
    char path[2300];
    const char *wrong;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *real = realpath(path, NULL);
    char *root = realpath(folder, NULL);
    size_t n = root ? strlen(root) : 0;
    bool inside = real && root && strncmp(real, root, n) == 0 &&
                  (real[n] == '/' || (n == 1 && root[0] == '/'));
    bool ok = inside && read_whole(real, file, &wrong);
    free(real);
    free(root);
    return ok;
}

bool scn_script_read_beside(void *ctx, const char *name, struct scn_file *file)
{
    const struct scn_script *script = ctx;
    if (read_inside(script->folder, name, file))
        return true;
    return script->library[0] && read_inside(script->library, name, file);
}
