// For readlink and stat.
#define _POSIX_C_SOURCE 200809L

#include "ui/cli/data_dir.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

bool ui_program_dir(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size);
    bool fits = length > 0 && (size_t)length < size;
    if (size > 0)
        path[fits ? length : 0] = '\0';
    char *slash = fits ? strrchr(path, '/') : NULL;
    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

static bool installed(char *path, size_t size)
{
    char folder[PATH_MAX];
    if (!ui_program_dir(folder, sizeof folder))
        return false;

    int length = snprintf(path, size, "%s/%s", folder, CONVOY_DATA_FROM_BIN);
    return length > 0 && (size_t)length < size && is_folder(path);
}

static bool in_source_tree(char *path, size_t size)
{
    int length = snprintf(path, size, "%s", CONVOY_DATA_IN_SOURCE);
    return length > 0 && (size_t)length < size && is_folder(path);
}

// They lie beside the scenarios, in the source tree as where they are installed.
bool ui_labs_dir(char *path, size_t size)
{
    char scenarios[PATH_MAX];
    if (size == 0 || !ui_data_dir(scenarios, sizeof scenarios))
        return false;
    int length = snprintf(path, size, "%s/../labs", scenarios);
    if (length > 0 && (size_t)length < size && is_folder(path))
        return true;
    path[0] = '\0';
    return false;
}

// Installed beside the scenarios; in the source tree with the tests, which read them too.
bool ui_published_dir(char *path, size_t size)
{
    static const char *const places[] = { "published", "tests/published" };
    char scenarios[PATH_MAX];
    if (size == 0)
        return false;
    bool is_there = ui_data_dir(scenarios, sizeof scenarios);
    for (size_t i = 0; is_there && i < sizeof places / sizeof *places; i++) {
        int length = snprintf(path, size, "%s/../%s", scenarios, places[i]);
        if (length > 0 && (size_t)length < size && is_folder(path))
            return true;
    }
    path[0] = '\0';
    return false;
}

bool ui_data_dir(char *path, size_t size)
{
    if (size == 0)
        return false;
    if (installed(path, size) || in_source_tree(path, size))
        return true;

    path[0] = '\0';
    return false;
}
