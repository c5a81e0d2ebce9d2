#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/cli/cli.h"

bool ui_has_folder(const char *command, const char *option, const char *path)
{
    char folder[1100];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    if (slash == path)
        snprintf(folder, sizeof folder, "/");
    if (access(folder, W_OK | X_OK) == 0)
        return true;
    ui_complain("%s: %s %s: expected a folder that can be written to, %s is not: %s",
                command, option, path, folder, strerror(errno));
    return false;
}
