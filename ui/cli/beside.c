// For execv.
#define _POSIX_C_SOURCE 200809L

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "ui/cli/cli.h"
#include "ui/cli/data_dir.h"

void ui_go_beside(char **argv)
{
#ifdef CONVOY_PICTURES
    (void)argv; // this is it
#else
    char folder[PATH_MAX], program[PATH_MAX + sizeof "/convoy-pictures"];
    if (!ui_program_dir(folder, sizeof folder))
        return;
    snprintf(program, sizeof program, "%s/convoy-pictures", folder);
    execv(program, argv);
#endif
}
