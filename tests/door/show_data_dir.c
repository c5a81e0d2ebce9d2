// Prints where it would look for the shipped scenarios: put in a bin folder, it stands for an
// installed program.

#include <stdio.h>

#include "ui/cli/data_dir.h"

int main(void)
{
    char path[4096];
    if (!ui_data_dir(path, sizeof path))
        return 1;
    puts(path);
    return 0;
}
