#ifndef UI_CLI_DATA_DIR_H
#define UI_CLI_DATA_DIR_H

// Where the shipped scenarios, labs and library lie. An installed program looks beside
// itself (bin/convoy, share/convoy/scenarios), so the installation can be moved as a whole;
// a program that runs where it was built uses the scenarios of its source tree.

#include <stdbool.h>
#include <stddef.h>

// Writes the absolute path of the shipped scenarios' folder, without a slash at its end, to
// path, which the caller owns and which holds size bytes. Returns false, and leaves path
// empty, when there is no such folder or its name does not fit.
bool ui_data_dir(char *path, size_t size);

// The same for the folder of the shipped labs.
bool ui_labs_dir(char *path, size_t size);

// The same for the folder of the published figures and the experiments that are held against them.
bool ui_published_dir(char *path, size_t size);

// The folder of the running program, found through the kernel: argv[0] is only what the caller
// chose to say. The same rules.
bool ui_program_dir(char *path, size_t size);

#endif
